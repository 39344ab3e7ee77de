"use strict";

const announce = (words) => {
  document.getElementById("announce").textContent = words;
};

// The server shows times in this zone until a person chooses another one on the profile page.
function tellTimeZone() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "";
  if (!/^[\w+\-/]+$/.test(zone)) return;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `time_zone=${zone}; path=/; max-age=31536000; SameSite=Lax${secure}`;
}

function showCopyButtons(root) {
  if (!navigator.clipboard) return;
  for (const button of root.querySelectorAll("[data-copy]")) button.hidden = false;
}

async function copy(button) {
  const source = document.querySelector(button.dataset.copy);
  await navigator.clipboard.writeText((source.value ?? source.textContent).trim());
  const label = button.textContent;
  button.textContent = "Copied";
  announce("Copied");
  setTimeout(() => (button.textContent = label), 2000);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) copy(button);
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = event.target.closest?.("details.menu[open], .task details[open]");
  if (!open) return;
  open.open = false;
  open.querySelector("summary").focus();
});

// Somebody who opens "Reject" wants to type the reason next.
document.addEventListener(
  "toggle",
  (event) => {
    if (event.target.open && event.target.closest(".task")) event.target.querySelector("textarea")?.focus();
  },
  true,
);

// A ready-made reason is written into the comment, where it can be changed; the comment alone is sent then. Another
// choice takes its place as long as nobody has changed it. Without this script the server joins the two.
document.addEventListener("change", (event) => {
  const choice = event.target;
  if (!choice.matches?.("select[data-reason]")) return;
  const comment = choice.form.elements.comment;
  const chosen = choice.value ? choice.selectedOptions[0].textContent : "";
  const written = choice.dataset.written;
  const rest = comment.value.split("\n").filter((line) => !written || line !== written).join("\n");
  comment.value = chosen && rest ? `${chosen}\n${rest}` : chosen || rest;
  choice.dataset.written = chosen;
  choice.removeAttribute("name");
});

// On a telephone the tabs do not fit side by side; the one that is open should be among those in sight.
function showOpenTab() {
  document.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

tellTimeZone();
showOpenTab();
showCopyButtons(document);
document.addEventListener("htmx:load", (event) => showCopyButtons(event.detail.elt));

// A poll that brings nothing new touches nothing, and it never takes away the reason somebody is typing.
document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const { target, fragment } = event.detail;
  const silent = target.id === "announce" && !fragment.textContent.trim();
  const nothingNew = silent || target.textContent === fragment.textContent;
  if (nothingNew || target.matches(".task:has(details[open])")) event.detail.shouldSwap = false;
});

// What was exchanged keeps the focus: a row on the same control, else on the field in error, else on its title; the
// head on the control of the same name. After "Show more" it is on the first of the new rows.
const CONTROLS = "button, summary, select, textarea, a";
let focused = null;

const nothingFocused = () => !document.activeElement || document.activeElement === document.body;

function rememberFocus() {
  if (nothingFocused()) return;
  const at = document.activeElement;
  const row = at.closest(".task, #head");
  const control = row && [...row.querySelectorAll(CONTROLS)].indexOf(at);
  focused = row && { id: row.id, control, text: row.textContent, name: at.textContent };
  if (at.closest("#more")) focused = { after: at.closest("#more").previousElementSibling };
}

function placeFor(was) {
  if (was.after) return was.after.nextElementSibling?.querySelector("h3");
  const row = document.getElementById(was.id);
  const controls = [...(row?.querySelectorAll(CONTROLS) ?? [])];
  if (was.id === "head") return controls.find((control) => control.textContent === was.name);
  const same = row?.textContent === was.text && controls[was.control];
  return row?.querySelector("[aria-invalid]") || same || row?.querySelector("h3");
}

function restoreFocus() {
  const was = focused;
  focused = null;
  if (!was || !nothingFocused()) return;
  (placeFor(was) || document.getElementById("main")).focus({ preventScroll: true });
}

document.addEventListener("htmx:beforeSwap", rememberFocus);
document.addEventListener("htmx:afterSettle", restoreFocus);

const isPoll = (event) => event.detail.elt.matches("#poll, .decide, .asking");

document.addEventListener("htmx:beforeRequest", (event) => {
  if (isPoll(event) && document.hidden) event.preventDefault();
});

function lookNow() {
  const poll = document.getElementById("poll");
  if (poll && !document.hidden) htmx.trigger(poll, "wake");
}

document.addEventListener("visibilitychange", lookNow);

function say(words) {
  const line = document.createElement("p");
  line.className = "notice error";
  line.id = "failed";
  line.textContent = words;
  document.getElementById("failed")?.remove();
  document.getElementById("messages").append(line);
}

function failed(event) {
  if (isPoll(event)) say("This page cannot be brought up to date at the moment. It keeps trying.");
  else say("The server did not answer as it should. Nothing is shown as decided unless it is. Reload the page and try again.");
}

document.addEventListener("htmx:sendError", failed);
document.addEventListener("htmx:timeout", failed);
document.addEventListener("htmx:responseError", failed);
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful) document.getElementById("failed")?.remove();
  if (event.detail.requestConfig?.verb === "post") lookNow();
});

// Choosing many tasks: with Shift a whole range, and "all" is ticked only as long as every row is.
const boxes = () => [...document.querySelectorAll("input[form=bulk][name=task]")];
const everything = () => document.querySelector("#bulk input[name=all]");
let lastTicked = null;

function tellChosen() {
  const line = document.getElementById("chosen");
  if (!line) return;
  const all = everything();
  const count = all?.checked ? Number(all.dataset.count) : boxes().filter((box) => box.checked).length;
  const words = `${count} chosen`;
  if (line.textContent !== words) line.textContent = words;
}

document.addEventListener("click", (event) => {
  const box = event.target;
  if (!box.matches?.("input[form=bulk][name=task]")) return;
  const range = boxes();
  const [from, to] = [range.indexOf(lastTicked), range.indexOf(box)].sort((a, b) => a - b);
  if (event.shiftKey && from >= 0) for (const each of range.slice(from, to + 1)) each.checked = box.checked;
  lastTicked = box;
});

document.addEventListener("change", (event) => {
  if (event.target.form?.id !== "bulk") return;
  const all = everything();
  if (event.target === all) for (const box of boxes()) box.checked = all.checked;
  else if (all && !event.target.checked) all.checked = false;
  tellChosen();
});

document.addEventListener("reset", (event) => {
  if (event.target.id === "bulk") setTimeout(tellChosen);
});

// Rows that are fetched later belong to "all" as well.
document.addEventListener("htmx:afterSettle", () => {
  if (everything()?.checked) for (const box of boxes()) box.checked = true;
  tellChosen();
});
window.addEventListener("pageshow", tellChosen);
