(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const on = (type, handler, capture = false) => document.addEventListener(type, handler, capture);
  const store = (() => { try { return window.localStorage; } catch { return null; } })();

  // toasts ----------------------------------------------------------------
  const lifetime = 7000;
  function expire(item) {
    if (!item.matches(".bad, .error, .warn, .warning")) setTimeout(() => item.remove(), lifetime);
  }
  function toast(text, tone = "good") {
    const template = $(`#toast-${tone}`) || $("#toast-good");
    const item = template.content.firstElementChild.cloneNode(true);
    $("span", item).textContent = text;
    raiseToasts();
    $("#toasts").append(item);
    expire(item);
  }
  // A modal dialog covers the page, so its toasts are shown inside it.
  function raiseToasts() {
    const dialog = $$("dialog[open]").pop();
    if (dialog) dialog.append($("#toasts"));
  }
  function lowerToasts() { $("#toast-home").append($("#toasts")); }
  on("toast", (event) => toast(event.detail.text || event.detail.value, event.detail.tone));

  // confirmation ----------------------------------------------------------
  function ask(text, label, tone) {
    const dialog = $("#confirm");
    const ok = $("[data-confirm-ok]", dialog);
    $("#confirm-text").textContent = text;
    ok.textContent = label || "确定";
    ok.classList.toggle("danger", tone === "danger");
    ok.classList.toggle("primary", tone !== "danger");
    dialog.returnValue = "";
    dialog.showModal();
    return new Promise((done) => dialog.addEventListener("close", () => done(dialog.returnValue === "ok"), { once: true }));
  }
  on("click", (event) => {
    const button = event.target.closest("#confirm button");
    if (button) $("#confirm").close(button.value);
  });
  on("htmx:confirm", (event) => {
    const source = event.target.closest("[data-confirm]") || event.target;
    const text = event.detail.question || source.dataset.confirm;
    if (!text) return;
    event.preventDefault();
    ask(text, source.dataset.confirmLabel, source.dataset.confirmTone).then((yes) => yes && event.detail.issueRequest(true));
  });

  // forms -----------------------------------------------------------------
  const confirmed = new WeakSet();
  const usesHtmx = (form) => form.matches("[hx-post], [hx-get], [hx-put], [hx-patch], [hx-delete]");
  const draftKey = (form) => `draft:${document.body.dataset.user || ""}:${location.pathname}:${form.dataset.draft}`;
  const isKept = (field) => field.name && field.name !== "csrfmiddlewaretoken" && !field.dataset.private && !/^(password|file|hidden|submit)$/.test(field.type);

  function free(form) {
    delete form.dataset.busy;
    $$(".busy", form).forEach((button) => { button.classList.remove("busy"); button.disabled = false; button.removeAttribute("aria-busy"); });
  }
  function occupy(form, button) {
    form.dataset.busy = "yes";
    // Disabled after the browser has read the form, or the pressed button's own value would be lost.
    setTimeout(() => {
      if (!button || form.method === "dialog") return;
      button.classList.add("busy"); button.disabled = true; button.setAttribute("aria-busy", "true");
    });
  }
  on("submit", (event) => {
    const form = event.target;
    const button = event.submitter;
    const asking = button?.dataset.confirm ? button : form;
    if (asking.dataset.confirm && !confirmed.has(form) && !usesHtmx(form)) {
      event.preventDefault();
      event.stopImmediatePropagation();
      ask(asking.dataset.confirm, asking.dataset.confirmLabel, asking.dataset.confirmTone).then((yes) => {
        if (!yes) return;
        confirmed.add(form);
        form.requestSubmit(button);
      });
      return;
    }
    confirmed.delete(form);
    if (form.dataset.busy) { event.preventDefault(); event.stopImmediatePropagation(); return; }
    if (!navigator.onLine && form.method !== "dialog") {
      event.preventDefault();
      event.stopImmediatePropagation();
      keep(form);
      toast("现在没有网络。填写的内容没有丢失，网络恢复后请再点一次提交。", "warn");
      return;
    }
    delete form.dataset.dirty;
    // An answer that is downloaded leaves the page as it stands.
    if ((form.method === "post" || usesHtmx(form)) && !form.matches("[data-download]")) occupy(form, button);
    if (form.matches("[data-sign-out]") && store) Object.keys(store).filter((key) => key.startsWith("draft:")).forEach((key) => store.removeItem(key));
    if (form.dataset.draft && store) sessionStorage.setItem("sent", draftKey(form));
  }, true);
  on("htmx:afterRequest", (event) => {
    const form = event.target.closest("form");
    if (!form) return;
    free(form);
    if (event.detail.successful && form.dataset.draft) store?.removeItem(draftKey(form));
  });
  window.addEventListener("pageshow", () => $$("form[data-busy]").forEach(free));

  function keep(form) {
    if (!form.dataset.draft || !store) return;
    const kept = $$("input, select, textarea", form).filter(isKept).map((field) =>
      [field.name, field.value, /^(checkbox|radio)$/.test(field.type) ? field.checked : null]);
    try { store.setItem(draftKey(form), JSON.stringify({ at: Date.now(), kept })); } catch { /* storage full: the page still holds the text */ }
  }
  function restore(form) {
    const draft = JSON.parse(store.getItem(draftKey(form)));
    const fields = $$("input, select, textarea", form).filter(isKept);
    for (const [name, value, checked] of draft.kept) {
      const field = fields.find((each) => each.name === name && (checked === null || each.value === value));
      if (!field) continue;
      if (checked === null) field.value = value; else field.checked = checked;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    $$("[data-picker]", form).forEach(count);
  }
  function offerDraft(form) {
    const key = draftKey(form);
    const failed = $(".errorlist, [role=alert]", form);
    if (sessionStorage.getItem("sent") === key && failed) { sessionStorage.removeItem("sent"); return; }
    const text = store.getItem(key);
    if (!text) return;
    if (Date.now() - JSON.parse(text).at > 7 * 864e5) { store.removeItem(key); return; }
    const bar = document.createElement("div");
    bar.className = "notice warn";
    bar.innerHTML = '<div><p>上次在这里填写的内容没有提交成功，已保存在本机。</p><div class="actions"><button class="button small" type="button" value="yes">恢复内容</button><button class="button small quiet" type="button">不要了</button></div></div>';
    bar.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      if (button.value) restore(form); else store.removeItem(key);
      bar.remove();
    });
    form.prepend(bar);
  }
  let saving;
  on("input", (event) => {
    const form = event.target.closest?.("form");
    if (event.target.matches("[data-picker-filter]")) { filter(event.target); return; }
    if (!form || form.method === "get") return;
    if (event.isTrusted) form.dataset.dirty = "yes";
    clearTimeout(saving);
    saving = setTimeout(() => keep(form), 600);
  });
  window.addEventListener("beforeunload", (event) => {
    if ($("form[data-dirty]:not([data-dirty-ok])")) event.preventDefault();
  });
  on("change", (event) => {
    const picker = event.target.closest("[data-picker]");
    if (picker) count(picker);
    // An answer that arrives now would replace the options, and with them what was just chosen.
    const find = event.target.closest(".picker")?.querySelector("input[hx-get]");
    if (find && find !== event.target) htmx.trigger(find, "htmx:abort");
    if (event.target.closest("form[data-autosubmit]")) event.target.form.requestSubmit();
  });

  // choosing people -------------------------------------------------------
  function filter(input) {
    const picker = input.closest("[data-picker]");
    const words = input.value.trim().toLowerCase();
    let found = 0;
    $$(".option", picker).forEach((option) => { option.hidden = !!words && !option.dataset.key.includes(words); found += !option.hidden; });
    $(".picker-none", picker).hidden = found > 0;
  }
  function count(picker) {
    const chosen = $$("input[type=checkbox]:checked", picker).length;
    const told = $("[data-picker-count]", picker);
    told.textContent = chosen ? `已选 ${chosen} ${told.dataset.unit}` : "";
  }
  function choose(picker, checked) {
    $$(".option:not([hidden]) input", picker).forEach((box) => { box.checked = checked; });
    picker.dispatchEvent(new Event("input", { bubbles: true }));
    count(picker);
  }

  // clicks ----------------------------------------------------------------
  async function copy(text) {
    try { await navigator.clipboard.writeText(text); toast("已复制"); } catch { toast("浏览器不允许复制，请长按选择文字", "warn"); }
  }
  async function share(button) {
    const data = { title: document.title, url: new URL(button.dataset.share || location.href, location.href).href };
    if (navigator.share) { try { await navigator.share(data); } catch { /* the person closed the sheet */ } } else copy(data.url);
  }
  function enlarge() {
    const large = document.documentElement.dataset.type !== "large";
    if (large) document.documentElement.dataset.type = "large"; else delete document.documentElement.dataset.type;
    document.cookie = `type=${large ? "large" : ""};path=/;max-age=${large ? 31536000 : 0};samesite=lax`;
    $$("[data-large-type]").forEach((button) => { button.setAttribute("aria-pressed", large); $("[data-large-label]", button).textContent = large ? "恢复标准字号" : "大字版"; });
  }
  const closest = (event, selector) => event.target.closest(selector);
  on("click", (event) => {
    let found;
    if ((found = closest(event, "[data-dialog]"))) { event.preventDefault(); $(`#${found.dataset.dialog}`)?.showModal(); }
    else if ((found = closest(event, "[data-close]"))) found.closest("dialog, [popover]")?.[found.closest("dialog") ? "close" : "hidePopover"]();
    else if ((found = closest(event, "[data-dismiss]"))) found.closest("[data-toast], .notice").remove();
    else if (closest(event, "[data-large-type]")) enlarge();
    else if ((found = closest(event, "[data-copy]"))) copy(found.dataset.copy);
    else if ((found = closest(event, "[data-share]"))) share(found);
    else if (closest(event, "[data-print]")) window.print();
    else if ((found = closest(event, "[data-picker-all]"))) choose(found.closest("[data-picker]"), true);
    else if ((found = closest(event, "[data-picker-none]"))) choose(found.closest("[data-picker]"), false);
    else if (event.target.matches("dialog:not(#confirm)") && !$("form[data-dirty]", event.target)) {
      const box = event.target.getBoundingClientRect();
      if (event.clientY < box.top || event.clientY > box.bottom || event.clientX < box.left || event.clientX > box.right) event.target.close();
    }
    $$("details.menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  });
  on("keydown", (event) => {
    const menu = event.key === "Escape" && $("details.menu[open]");
    if (menu) { menu.open = false; $("summary", menu).focus(); }
  });
  on("close", lowerToasts, true);
  on("closeModal", () => $("#modal")?.close());

  // htmx ------------------------------------------------------------------
  const trouble = { 401: "登录已过期，请刷新页面后重新登录。", 403: "您没有权限做这一步，或页面停留太久，请刷新后再试。", 404: "这条内容已不存在，请刷新页面。", 409: "内容已被别人修改，请刷新页面后再试。", 413: "文件太大，请压缩后再传。", 429: "操作太频繁，请稍等一会儿再试。" };
  on("htmx:responseError", (event) => {
    if (!/toast/.test(event.detail.xhr.getResponseHeader("HX-Trigger") || "")) toast(trouble[event.detail.xhr.status] || "系统出了点问题，这一步没有完成。请稍后再试。", "bad");
  });
  on("htmx:sendError", () => { toast("网络不通，这一步没有完成，请稍后再试。", "warn"); watch(); });
  on("htmx:afterSwap", (event) => { if (event.detail.target.id === "modal-body" && !$("#modal").open) $("#modal").showModal(); });
  on("htmx:load", (event) => prepare(event.detail.elt));

  // network ---------------------------------------------------------------
  let waiting;
  async function watch(delay = 4000) {
    clearTimeout(waiting);
    const banner = $("#offline");
    if (!banner) return;
    let reached = false;
    if (navigator.onLine) {
      try { reached = (await fetch("/manifest.webmanifest", { method: "HEAD", cache: "no-store" })).ok; } catch { reached = false; }
    }
    if (reached && !banner.hidden) toast("网络已恢复");
    banner.hidden = reached;
    if (!reached) waiting = setTimeout(() => watch(Math.min(delay * 1.6, 60000)), delay);
  }
  window.addEventListener("offline", () => watch());
  window.addEventListener("online", () => watch());

  // start -----------------------------------------------------------------
  function loadChart(canvas) {
    new IntersectionObserver((entries, seen) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      seen.disconnect();
      import(canvas.dataset.init).then((chart) => chart.draw(canvas)).catch(() => { canvas.closest("figure").querySelector("details").open = true; });
    }, { rootMargin: "200px" }).observe(canvas);
  }
  function prepare(root) {
    if (store) $$("form[data-draft]", root).forEach(offerDraft);
    $$("[data-picker]", root).forEach(count);
    $$("[data-chart]:not([data-ready])", root).forEach(loadChart);
    $$("[data-toast]", root).forEach(expire);
    $$(".tabs [aria-current], .chips.scroll [aria-current]", root).forEach((link) => { link.parentElement.scrollLeft = link.offsetLeft - link.parentElement.offsetLeft - 48; });
    $("[data-focus], main form .invalid :is(input, select, textarea)", root)?.focus();
  }
  const sent = sessionStorage.getItem("sent");
  if (sent && !$(".errorlist, form [role=alert]")) { store?.removeItem(sent); sessionStorage.removeItem("sent"); }
  if (!window.htmx) prepare(document);
  if (!navigator.onLine) watch();
  if ("serviceWorker" in navigator && window.isSecureContext) window.addEventListener("load", () => navigator.serviceWorker.register("/sw.js").catch(() => {}));
})();
