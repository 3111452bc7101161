(() => {
  "use strict";
  // A stepper's buttons change the number between them; htmx and drafts hear of it as of typing.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-step]");
    if (!button) return;
    const input = button.parentElement.querySelector("input");
    const least = Number(input.min || 0);
    const most = input.max === "" ? Infinity : Number(input.max);
    input.value = Math.min(most, Math.max(least, Number(input.value || 0) + Number(button.dataset.step)));
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
  // A chip that fills in a field: what people would otherwise type again and again.
  document.addEventListener("click", (event) => {
    const chip = event.target.closest("[data-fill]");
    if (!chip) return;
    const input = document.getElementById(chip.dataset.fill);
    input.value = chip.value;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-full-screen]")) return;
    if (document.fullscreenElement) document.exitFullscreen(); else document.documentElement.requestFullscreen?.();
  });
})();
