// An authorization server by other people, at addresses shaped like Workday's. Only for tests, only on loopback.
//
// It prints where it listens, and ends with its standard input, so it cannot outlive the tests that started it.
// Everything under /_control/ is for the tests; everything else is written into the ledger.

import { createServer } from 'node:http';
import { createHash } from 'node:crypto';
import { json, text } from 'node:stream/consumers';
import Provider from 'oidc-provider';
import { MemoryStore } from './store.mjs';

const PEOPLE = { manager: 'Helena Brandt', colleague: 'Kwame Adjei', employee: 'Tomasz Wiśniewski' };
const USUAL = { access_token_seconds: 3600 };
const AUTHORIZE = '/acme/authorize';
const TOKEN = '/ccx/oauth2/acme/token';
const ME = '/ccx/api/v1/acme/workers/me';
// Workday's clients name no scope; this server wants one, so it takes this for granted (RFC 6749 section 3.3).
const SCOPE = 'inbox';

const store = new MemoryStore();
let settings = { ...USUAL };
let ledger = [];

const server = createServer();
await new Promise((done) => server.listen(0, '127.0.0.1', done));
const origin = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(origin, {
  adapter: (kind) => store.adapter(kind),
  routes: { authorization: AUTHORIZE, token: TOKEN },
  scopes: [SCOPE],
  cookies: { keys: ['a key of a test'] },
  pkce: { required: () => true },
  rotateRefreshToken: true,
  // Without offline_access too, which no client of Workday asks for.
  issueRefreshToken: async () => true,
  ttl: {
    AccessToken: () => settings.access_token_seconds,
    AuthorizationCode: 600, Grant: 86400, Interaction: 600, RefreshToken: 86400, Session: 86400,
  },
  findAccount: (_, id) => (id in PEOPLE ? { accountId: id, claims: () => ({ sub: id }) } : undefined),
  loadExistingGrant,
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  features: { devInteractions: { enabled: false } },
});

// Whoever has signed in here has allowed what was asked: the sign-in page below is the consent page too.
async function loadExistingGrant(ctx) {
  const { client, session, result } = ctx.oidc;
  const known = result?.consent?.grantId || session.grantIdFor(client.clientId);
  if (known) return provider.Grant.find(known);
  const grant = new provider.Grant({ accountId: session.accountId, clientId: client.clientId });
  grant.addOIDCScope(SCOPE);
  await grant.save();
  return grant;
}

provider.use(async (ctx, next) => {
  if (ctx.path.startsWith('/_control/')) return control(ctx);
  const entry = { method: ctx.method, path: ctx.path, query: readable(ctx.query), body: {}, status: null };
  ledger.push(entry);
  try {
    if (ctx.path.startsWith('/interaction/')) await interaction(ctx);
    else if (ctx.path === ME) await workersMe(ctx);
    else {
      if (ctx.path === AUTHORIZE) ctx.querystring += `&scope=${SCOPE}`;
      await next();
    }
  } finally {
    entry.body = readable(ctx.oidc?.body ?? {});
    entry.status = ctx.status;
  }
});

// The page where a person says who they are and whether they allow it.
async function interaction(ctx) {
  const form = new URLSearchParams(await text(ctx.req));
  const refused = { error: 'access_denied', error_description: 'The person said no.' };
  const result = form.get('answer') === 'allow' ? { login: { accountId: form.get('worker') } } : refused;
  await provider.interactionFinished(ctx.req, ctx.res, result);
  ctx.respond = false;
}

async function workersMe(ctx) {
  const bearer = /^Bearer (\S+)$/.exec(ctx.get('authorization'))?.[1];
  const token = bearer && await provider.AccessToken.find(bearer);
  if (!token) {
    ctx.status = 401;
    ctx.body = { error: 'Invalid Access Token' };
    return;
  }
  ctx.body = { id: wid(token.accountId), descriptor: PEOPLE[token.accountId], businessTitle: 'Director' };
}

async function control(ctx) {
  const wish = ctx.method === 'POST' ? await json(ctx.req) : {};
  const found = CONTROLS[`${ctx.method} ${ctx.path.slice('/_control/'.length)}`];
  if (!found) return ctx.throw(404);
  ctx.body = await found(wish) ?? {};
}

const CONTROLS = {
  'POST reset': () => { store.clear(); settings = { ...USUAL }; ledger = []; },
  'POST settings': (wish) => (settings = { ...settings, ...wish }),
  'POST clients': ({ client_id, client_secret, redirect_uri }) => store.adapter('Client').upsert(client_id, {
    client_id, client_secret, redirect_uris: [redirect_uri],
    grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'],
    token_endpoint_auth_method: 'client_secret_basic',
  }),
  'POST revoke': ({ person }) => store.forgetPerson(person),
  'GET ledger': () => ({ requests: ledger }),
  'GET people': () => ({ people: Object.fromEntries(Object.keys(PEOPLE).map((key) => [key, wid(key)])) }),
};

function wid(person) {
  return createHash('sha256').update(person).digest('hex').slice(0, 32);
}

// What may be kept of a request: secrets become fingerprints, as in the sandbox tenant's ledger.
function readable(fields) {
  const kept = ['grant_type', 'redirect_uri', 'client_id', 'code_challenge', 'code_challenge_method', 'response_type'];
  const secret = ['code', 'refresh_token', 'code_verifier', 'client_secret', 'state'];
  const shown = kept.filter((name) => fields[name]).map((name) => [name, fields[name]]);
  const hidden = secret.filter((name) => fields[name]).map((name) => [name, fingerprint(String(fields[name]))]);
  return Object.fromEntries([...shown, ...hidden]);
}

function fingerprint(value) {
  return `sha256:${createHash('sha256').update(value).digest('hex').slice(0, 12)}`;
}

server.on('request', provider.callback());
process.stdin.resume().on('end', () => process.exit(0));
console.log(`Independent server on ${origin}`);
