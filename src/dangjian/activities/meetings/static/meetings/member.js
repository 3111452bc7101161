(() => {
  "use strict";
  // Checking in where the network is poor: the tap is kept, and sent again by a button or as soon as there is network.
  const isCheckIn = (element) => element?.matches?.("form[data-check-in]");
  const notice = (form) => form.querySelector("[data-lost]");
  const tapped = new WeakMap();
  function lost(form) {
    const shown = notice(form);
    shown.hidden = false;
    shown.querySelector("button").focus();
  }
  // On the window, because the page's own handler stops a form that is sent without network. What is sent again counts from the
  // first tap, so it says how many seconds ago that was.
  window.addEventListener("submit", (event) => {
    if (!isCheckIn(event.target)) return;
    if (notice(event.target).hidden && !event.target.dataset.busy) tapped.set(event.target, Date.now());
    const waited = Math.floor((Date.now() - tapped.get(event.target)) / 1000);
    event.target.querySelector("[data-waited]").value = Math.max(0, waited);
    notice(event.target).hidden = true;
    if (!navigator.onLine) lost(event.target);
  }, true);
  for (const failure of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(failure, (event) => { if (isCheckIn(event.target)) lost(event.target); });
  }
  window.addEventListener("online", () => {
    const form = [...document.querySelectorAll("form[data-check-in]")].find((each) => !notice(each).hidden);
    if (form) form.dispatchEvent(new Event("form:send", { bubbles: true }));
  });
  // Six digits, however typed or pasted: the sixth one sends them.
  document.addEventListener("input", (event) => {
    const input = event.target;
    if (!input.matches("[data-code]") || event.isComposing) return;
    const digits = input.value.normalize("NFKC").replace(/\D/g, "").slice(0, 6);
    if (input.value !== digits) input.value = digits;
    notice(input.form).hidden = true;
    if (digits.length === 6) input.form.dispatchEvent(new Event("form:send", { bubbles: true }));
  });
})();
