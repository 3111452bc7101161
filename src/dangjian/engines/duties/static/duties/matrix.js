// Lines of the matrix that are loaded once stay in the page; the button hides and shows them.
(() => {
  const inside = (key) => [...document.querySelectorAll(`tr[data-in="${key}"]`)];
  const hide = (key) => inside(key).forEach((line) => {
    line.hidden = true;
    const button = line.querySelector("[data-fold]");
    if (button) { button.setAttribute("aria-expanded", "false"); hide(button.dataset.fold); }
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-fold]");
    if (!button) return;
    const open = button.getAttribute("aria-expanded") !== "true";
    button.setAttribute("aria-expanded", open);
    if (open) inside(button.dataset.fold).forEach((line) => { line.hidden = false; });
    else hide(button.dataset.fold);
  });
})();
