// Small comforts; every page works without them.

const errors = document.querySelector(".error-summary");
if (errors) errors.focus();

// A menu closes when one looks elsewhere.
const close = (keep) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (menu !== keep) menu.open = false;
  }
};
document.addEventListener("click", (event) => close(event.target.closest("details.menu")));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.activeElement?.closest("details.menu[open]");
  close();
  menu?.querySelector("summary").focus();
});

// On a wide screen there is room for the filters.
if (matchMedia("(min-width: 60em)").matches) {
  for (const details of document.querySelectorAll("details[data-open-wide]")) details.open = true;
}

// A long list of boxes is narrowed by typing; what is ticked stays in sight.
const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
for (const list of document.querySelectorAll("[data-narrow]")) {
  const input = document.createElement("input");
  input.type = "search";
  input.placeholder = list.dataset.narrow;
  input.setAttribute("aria-label", list.dataset.narrow);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
  input.addEventListener("input", () => {
    for (const label of list.querySelectorAll("label:has(> input)")) {
      const isSought = fold(label.textContent).includes(fold(input.value));
      label.parentElement.hidden = !isSought && !label.querySelector("input").checked;
    }
  });
  list.querySelector("fieldset > div[id]:not(.hint)").before(input);
}
