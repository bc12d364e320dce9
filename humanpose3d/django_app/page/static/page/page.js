// What every page has: dialogs, the notice that the connection is lost, and buttons that need a choice.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens).showModal();
  const closer = event.target.closest("[data-closes]");
  if (closer) closer.closest("dialog").close();
});

// Polling goes on while the server does not answer, so the page catches up by itself when it is back.
const lost = (isLost) => { document.getElementById("connection").hidden = !isLost; };
document.addEventListener("htmx:sendError", () => lost(true));
document.addEventListener("htmx:timeout", () => lost(true));
document.addEventListener("htmx:afterOnLoad", () => lost(false));

// <button data-needs="trial" data-least="2">: pressed only when so many boxes of that name are ticked.
const counted = () => {
  for (const button of document.querySelectorAll("[data-needs]")) {
    const ticked = document.querySelectorAll(`input[name="${button.dataset.needs}"]:checked`).length;
    button.disabled = ticked < Number(button.dataset.least);
  }
};
document.addEventListener("change", counted);
document.addEventListener("htmx:afterSwap", counted);
document.addEventListener("DOMContentLoaded", counted);

// What a screen reader is told of a part that is fetched again and again: only what has changed.
const told = (event) => {
  const news = document.querySelector("[data-news]")?.textContent.trim();
  const place = document.getElementById("news");
  if (event.type === "htmx:afterSwap" && news && news !== place.dataset.last) place.textContent = news;
  place.dataset.last = news;
};
document.addEventListener("htmx:afterSwap", told);
document.addEventListener("DOMContentLoaded", told);
