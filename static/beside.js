"use strict";

// On wide screens a task opens beside the list; elsewhere, and without script, its title leads to a page of its own.
const wide = matchMedia("(min-width: 1100px)");
const pane = document.getElementById("pane");
const titles = () => [...document.querySelectorAll("li.task :is(h2, h3) a")];
const shown = () => pane.querySelector("[data-task]")?.dataset.task;
const rowOf = (task) => document.getElementById(`task-${task}`);

function markShown() {
  const row = rowOf(shown());
  for (const link of titles()) {
    if (row?.contains(link)) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

async function show(address) {
  const wasInside = pane.contains(document.activeElement);
  await htmx.ajax("GET", address, { target: "#pane", swap: "innerHTML" });
  const title = pane.querySelector("h2");
  if (!title) return;
  pane.scrollTop = 0;
  announce(`Opened beside the list: ${title.textContent}`);
  if (wasInside) title.focus({ preventScroll: true });
}

function openBeside(link) {
  const address = link.getAttribute("href");
  const entry = { beside: address };
  if (history.state?.beside) history.replaceState(entry, "", address);
  else history.pushState(entry, "", address);
  link.closest(".task").scrollIntoView({ block: "nearest" });
  return show(address);
}

function closeBeside() {
  const row = rowOf(shown());
  const wasInside = pane.contains(document.activeElement);
  pane.replaceChildren();
  markShown();
  if (wasInside) row?.querySelector("h3 a")?.focus({ preventScroll: true });
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-close-beside]")) return history.state?.beside ? history.back() : closeBeside();
  const link = event.target.closest("li.task :is(h2, h3) a");
  const plain = !(event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
  if (!link || !plain || !wide.matches) return;
  event.preventDefault();
  openBeside(link);
});

addEventListener("popstate", (event) => {
  if (event.state?.beside) show(event.state.beside);
  else closeBeside();
});

// After a decision: the next task down the list that can be decided, else the first one.
document.addEventListener("open-next", () => {
  const here = rowOf(shown());
  const decidable = titles().filter((link) => link.closest(".task").querySelector("button[value=approve]"));
  const after = decidable.find((link) => here && here.compareDocumentPosition(link) & Node.DOCUMENT_POSITION_FOLLOWING);
  const next = after ?? decidable[0];
  if (next) openBeside(next);
  else announce("No other task on this page can be decided here.");
});

document.addEventListener("htmx:afterSettle", markShown);
