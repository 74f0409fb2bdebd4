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
