"use strict";

// A session that has lapsed: htmx was led to the sign-in page, which must not end up inside a row. The page is loaded
// anew; that asks to sign in and comes back here. What was typed waits in this tab meanwhile, for the same person only.
const KEPT = "typed";
const AN_HOUR = 3_600_000;

const isTyped = (field) => field.value.trim() && field.value !== field.defaultValue;

function keepTyped() {
  const typed = [...document.querySelectorAll("main textarea")].filter(isTyped);
  if (!typed.length) return;
  const fields = typed.map((field) => ({ holder: field.closest("[id]").id, name: field.name, value: field.value }));
  const kept = { person: document.body.dataset.person, path: location.pathname, at: Date.now(), fields };
  sessionStorage.setItem(KEPT, JSON.stringify(kept));
}

function fieldOf({ holder, name }) {
  const place = document.getElementById(holder);
  return place?.matches("textarea") ? place : place?.querySelector(`textarea[name="${CSS.escape(name)}"]`);
}

function tell(words) {
  const line = document.createElement("p");
  line.className = "notice warning";
  line.textContent = words;
  document.getElementById("messages").append(line);
}

function putBack(typed) {
  const field = fieldOf(typed);
  if (!field) return tell(`You had been signed out. What you typed for a task that is not on this page: “${typed.value}”`);
  for (let panel = field.closest("details"); panel; panel = panel.parentElement.closest("details")) panel.open = true;
  field.value = typed.value;
  field.focus();
  tell("You had been signed out. Nothing was sent; what you typed is here again.");
}

function restoreTyped() {
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  const isTheirs = kept?.person === document.body.dataset.person && Date.now() - kept.at < AN_HOUR;
  if (isTheirs && kept.path !== location.pathname) return;
  sessionStorage.removeItem(KEPT);
  if (isTheirs) kept.fields.forEach(putBack);
}

document.addEventListener("htmx:beforeSwap", (event) => {
  const arrived = event.detail.xhr.responseURL;
  if (!arrived || new URL(arrived).pathname !== document.body.dataset.signIn) return;
  event.detail.shouldSwap = false;
  keepTyped();
  location.reload();
});

restoreTyped();
