"use strict";

// Single keys for the inbox, which a person can turn off on the profile page. The task they mean is always the one
// that has the focus, so nobody decides anything they do not see marked.
const STOPS = "li.task, #more";
const FIELDS = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";
const HELD = new Set(["j", "k"]);
let lastStop = "";
let lastDecided = "";

const help = document.getElementById("keys");
const titleOf = (row) => row.querySelector("h2 a, h3 a") ?? (row.closest(".sheet") ?? row).querySelector("h2, h3, a");

function goTo(row) {
  titleOf(row)?.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

function step(by) {
  const stops = [...document.querySelectorAll(STOPS)];
  const here = stops.findIndex((row) => row.contains(document.activeElement));
  const from = here < 0 ? stops.findIndex((row) => row.id === lastStop) : here;
  const next = stops[from < 0 ? 0 : from + by];
  if (next) goTo(next);
  else announce(by > 0 ? "This is the last task." : "This is the first task.");
}

function withTask(act) {
  const at = document.activeElement;
  const row = at?.closest(".task") ?? at?.closest(".sheet, #pane")?.querySelector(".task");
  if (row) act(row);
  else announce("No task is chosen. Press j to go to the first one.");
}

function press(row, selector, otherwise) {
  const control = row.querySelector(selector);
  if (control) control.click();
  else announce(otherwise);
  return control;
}

function reject(row) {
  const button = row.querySelector("button[value=reject]");
  if (!button) return announce("This task cannot be rejected here.");
  for (let panel = button.closest("details"); panel; panel = panel.parentElement.closest("details")) panel.open = true;
  button.form.querySelector("textarea").focus();
}

function undo() {
  const mine = document.getElementById(lastDecided)?.querySelector(".undo button");
  const button = mine ?? document.querySelector(".undo button");
  if (!button) return announce("There is nothing to undo.");
  goTo(button.closest(".task"));
  button.click();
}

function choose(row) {
  const box = press(row, "input[type=checkbox]", "This task cannot be chosen.");
  if (box) announce(`${box.checked ? "Chosen" : "Not chosen"}: ${titleOf(row).textContent}`);
}

function search() {
  const field = document.getElementById("q");
  field?.focus();
  field?.select();
}

const KEYS = new Map([
  ["j", () => step(1)],
  ["k", () => step(-1)],
  ["a", () => withTask((row) => press(row, "button[value=approve]", "This task cannot be approved here."))],
  ["r", () => withTask(reject)],
  ["b", () => withTask((row) => press(row, "a[href$='/send-back']", "This task cannot be sent back here."))],
  ["u", undo],
  ["x", () => withTask(choose)],
  ["/", search],
  ["?", () => help.showModal()],
]);

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
  if (help.open || event.target.closest?.(FIELDS)) return;
  const act = KEYS.get(event.key);
  if (!act || (event.repeat && !HELD.has(event.key))) return;
  event.preventDefault();
  act();
});

// Escape leads out of the search field, which would otherwise hold all further keys.
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && event.target.id === "q" && !event.target.value) {
    const row = document.getElementById(lastStop);
    if (row) goTo(row);
    else document.getElementById("main").focus();
  }
});

document.addEventListener("focusin", (event) => {
  lastStop = event.target.closest(STOPS)?.id ?? lastStop;
});

document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful && event.detail.pathInfo.requestPath.endsWith("/decide")) {
    lastDecided = event.detail.target.id;
  }
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-keys]")) help.showModal();
});

// The row from which help was asked for may have been exchanged meanwhile.
help.addEventListener("close", () => {
  if (nothingFocused()) document.getElementById("main").focus({ preventScroll: true });
});
