"use strict";
// Keyboard shortcuts, the countdown of decisions that can be undone, and the claim of an opened case.

function isTyping(target) {
  return target.closest("input:not([type=hidden]), textarea, select") !== null;
}

function moveInQueue(step) {
  const rows = [...document.querySelectorAll(".queue .open")];
  if (!rows.length) return;
  const now = rows.indexOf(document.activeElement);
  const next = now < 0 ? (step > 0 ? 0 : rows.length - 1) : now + step;
  rows[Math.max(0, Math.min(rows.length - 1, next))].focus();
}

function pressReason(number) {
  const open = document.querySelector(".choice[open]");
  const button = open && open.querySelector(`[data-reason="${number}"]`);
  if (button) button.click();
  return Boolean(button);
}

function press(key) {
  const target = document.querySelector(`[data-key="${key}"]`);
  if (!target) return false;
  if (target.matches("details")) {
    target.open = true;
    target.querySelector("summary").focus();
  } else {
    target.click();
  }
  return true;
}

let waitsForNote = null;

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-needs-note]");
  const note = button && button.form.querySelector("textarea");
  if (!note || note.value.trim()) return;
  event.preventDefault();
  waitsForNote = button;
  document.querySelector("[data-note-help]").hidden = false;
  note.focus();
});

document.addEventListener("keydown", (event) => {
  const sends = event.key === "Enter" && (event.ctrlKey || event.metaKey);
  if (sends && waitsForNote && event.target.matches("textarea") && event.target.value.trim()) {
    event.preventDefault();
    waitsForNote.click();
  }
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") {
    document.querySelectorAll(".choice[open]").forEach((each) => { each.open = false; });
    if (isTyping(event.target)) event.target.blur();
    return;
  }
  if (isTyping(event.target)) return;
  let done = true;
  if (event.key === "j") moveInQueue(1);
  else if (event.key === "k") moveInQueue(-1);
  else if (/^[1-9]$/.test(event.key)) done = pressReason(event.key);
  else if (/^[a-z]$/.test(event.key)) done = press(event.key);
  else done = false;
  if (done) event.preventDefault();
});

// Before a form is sent, its page asks whether the person is still signed in: what was typed is not lost then.
async function sendForm(form, button) {
  const options = { headers: { Accept: "application/json" } };
  const answer = await fetch("/session", options).catch(() => null);
  if (!answer || !answer.ok) {
    showRefusal(form, answer);
    delete form.dataset.state;
    return;
  }
  const session = await answer.json();
  if (session.subject !== document.querySelector("[data-person]").dataset.person) {
    location.reload();
    return;
  }
  form.elements.form_token.value = session.form_token;
  form.dataset.state = "checked";
  form.requestSubmit(button);
}

function showRefusal(form, answer) {
  const place = form.querySelector(".problem") || document.createElement("p");
  place.className = "problem";
  place.setAttribute("role", "alert");
  place.textContent = "The desk does not answer: try again.";
  if (answer && answer.status === 429) place.textContent = "Too many requests: wait a minute, then try again.";
  if (answer && answer.status === 401) {
    const link = Object.assign(document.createElement("a"), { href: "/sign-in", target: "_blank", textContent: "Sign in again" });
    place.replaceChildren("You are no longer signed in. ", link, " in a new tab, then try again here. What you wrote is kept.");
  }
  form.append(place);
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || !form.elements.form_token || form.dataset.state === "sent") {
    if (form.dataset.state === "sent") event.preventDefault();  // A second click sends nothing.
    return;
  }
  if (form.dataset.state === "checked") {
    form.dataset.state = "sent";
    return;
  }
  event.preventDefault();
  if (form.dataset.state === "asking") return;
  form.dataset.state = "asking";
  sendForm(form, event.submitter);
});
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

function countDown() {
  for (const each of document.querySelectorAll("[data-countdown]")) {
    const left = Math.ceil((new Date(each.dateTime) - Date.now()) / 1000);
    if (left > 0) each.textContent = `in ${left} s`;
    else each.closest(".notice").remove();
  }
}
if (document.querySelector("[data-countdown]")) {
  countDown();
  setInterval(countDown, 1000);
}

async function claimCase(place) {
  const body = new URLSearchParams({ form_token: place.dataset.token });
  const options = { method: "POST", body, headers: { Accept: "application/json" } };
  const answer = await fetch(`/cases/${place.dataset.case}/claim`, options);
  if (!answer.ok && answer.status === 409) location.reload();
}
const opened = document.querySelector("[data-case]");
if (opened && opened.dataset.state === "free") claimCase(opened);
