(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const within = (selector, root) => [...(root.matches && root.matches(selector) ? [root] : []), ...$$(selector, root)];
  const on = (type, handler, capture = false) => document.addEventListener(type, handler, capture);
  const box = (name) => { try { return window[name]; } catch { return null; } };
  const store = box("localStorage");
  const tab = box("sessionStorage");

  // gaps ------------------------------------------------------------------
  // Whether a flexible line keeps its parts apart can only be measured (css/old.css).
  function hasGaps() {
    const line = document.createElement("div");
    line.className = "gap-probe";
    line.append(document.createElement("div"), document.createElement("div"));
    document.body.append(line);
    const height = line.scrollHeight;
    line.remove();
    return height > 0;
  }
  if (!hasGaps()) document.documentElement.classList.add("without-gaps");

  // dialogs ---------------------------------------------------------------
  // Safari below 15.4 has no dialogs of its own: there one is an element that the style sheet lays over the page.
  function showDialog(dialog) {
    if (dialog.showModal) { dialog.showModal(); return; }
    dialog.setAttribute("open", "");
    dialog.classList.add("laid-over");
    const first = $("button, input, select, textarea, a[href]", dialog);
    if (first) first.focus();
  }
  function closeDialog(dialog, answer) {
    if (dialog.close) { dialog.close(answer); return; }
    dialog.removeAttribute("open");
    if (answer !== undefined) dialog.returnValue = answer;
    dialog.dispatchEvent(new Event("close"));
  }

  // toasts ----------------------------------------------------------------
  const lifetime = 7000;
  const lifetimeWithUndo = 20000;
  function expire(item) {
    const time = $("[data-undo]", item) ? lifetimeWithUndo : lifetime;
    if (!item.matches(".bad, .error, .warn, .warning")) setTimeout(() => item.remove(), time);
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
    showDialog(dialog);
    return new Promise((done) => dialog.addEventListener("close", () => done(dialog.returnValue === "ok"), { once: true }));
  }
  on("click", (event) => {
    const button = event.target.closest("#confirm button");
    if (button) closeDialog($("#confirm"), button.value);
  });
  on("htmx:confirm", (event) => {
    const source = event.target.closest("[data-confirm]") || event.target;
    const text = event.detail.question || source.dataset.confirm;
    if (!text) return;
    event.preventDefault();
    ask(text, source.dataset.confirmLabel, source.dataset.confirmTone).then((yes) => yes && event.detail.issueRequest(true));
  });

  // all rows of a list at once ---------------------------------------------
  // The boxes stand in the rows, the form below them: rows have forms of their own.
  const boxesOf = (all) => [...all.form.elements].filter((each) => each.name === all.dataset.checkAll);
  function followBoxes(all) {
    const boxes = boxesOf(all);
    const checked = boxes.filter((box) => box.checked).length;
    all.checked = checked > 0 && checked === boxes.length;
    all.indeterminate = checked > 0 && checked < boxes.length;
    all.form.classList.toggle("has-checked", checked > 0);
  }
  on("change", (event) => {
    const form = event.target.form;
    const all = form && $("[data-check-all]", form);
    if (!all) return;
    if (event.target === all) boxesOf(all).forEach((box) => { box.checked = all.checked; });
    followBoxes(all);
  });

  // what is chosen --------------------------------------------------------
  // The style sheet goes by classes and attributes: browsers learned to look inside an element (:has) later than offices update them.
  const chosenLabel = "label.option, label.tick";
  function markLabel(label) {
    const box = $("input[type=radio], input[type=checkbox]", label);
    if (box) label.classList.toggle("chosen", box.checked);
  }
  // A form with data-choices="mode audience" says in data-mode and data-audience what is chosen there.
  function sayChoices(form) {
    form.dataset.choices.split(" ").forEach((name) => {
      const field = $$(`[name="${name}"]`, form).find((each) => each.type !== "radio" || each.checked);
      form.dataset[name] = field ? field.value : "";
    });
  }
  function markChosen(root) {
    within(chosenLabel, root).forEach(markLabel);
    $$("form[data-choices]").forEach(sayChoices);
    within("[data-check-all]", root).forEach(followBoxes);
  }
  function noteChoice(event) {
    const { target } = event;
    if (!target.matches("input")) within(chosenLabel, target).forEach(markLabel);
    else if (/^(checkbox|radio)$/.test(target.type)) {
      const group = target.type === "radio" ? $$(`input[type=radio][name="${target.name}"]`, target.form || document) : [target];
      group.map((box) => box.closest(chosenLabel)).filter(Boolean).forEach(markLabel);
    }
    if (target.form && target.form.matches("[data-choices]")) sayChoices(target.form);
  }
  on("input", noteChoice);
  on("change", noteChoice);

  // forms -----------------------------------------------------------------
  // Browsers below Chromium 81 and Safari 15.4 do not say which button sends a form: it is the one that was pressed just before.
  const pressed = new WeakMap();
  on("click", (event) => {
    const button = event.target.closest("button, input");
    const form = button && button.form;
    if (!form || !/^(submit|image)$/.test(button.type)) return;
    pressed.set(form, button);
    setTimeout(() => pressed.delete(form));
  }, true);
  const buttonOf = (event) => event.submitter || pressed.get(event.target);
  // Safari below 16 has no requestSubmit(); a button that is pressed checks the fields and tells everybody just the same.
  function sendForm(form, button) {
    if (form.requestSubmit) {
      if (button) pressed.set(form, button);
      form.requestSubmit(button);
      pressed.delete(form);
      return;
    }
    const press = button || Object.assign(document.createElement("button"), { type: "submit", hidden: true });
    if (!button) form.append(press);
    press.click();
    if (!button) press.remove();
  }
  on("form:send", (event) => sendForm(event.target));
  const confirmed = new WeakSet();
  // A field named "method" would hide the form's own property.
  const methodOf = (form) => (form.getAttribute("method") || "get").toLowerCase();
  const usesHtmx = (form) => form.matches("[hx-post], [hx-get], [hx-put], [hx-patch], [hx-delete]");

  function free(form) {
    delete form.dataset.busy;
    $$(".busy", form).forEach((button) => { button.classList.remove("busy"); button.disabled = false; button.removeAttribute("aria-busy"); });
  }
  // A form that sends itself holds the button that people are about to press.
  const firstButton = (form) => [...form.elements].find((each) => each.matches("button[type=submit]:not([hidden])"));
  function occupy(form, pressed) {
    form.dataset.busy = "yes";
    // Disabled after the browser has read the form, or the pressed button's own value would be lost.
    setTimeout(() => {
      const button = pressed && !pressed.hidden ? pressed : firstButton(form);
      if (!button || methodOf(form) === "dialog" || !form.dataset.busy) return;
      button.classList.add("busy"); button.disabled = true; button.setAttribute("aria-busy", "true");
    });
  }
  // What is missing is said in the form by the server, so nobody is asked about a form that will come back.
  const lacksSomething = (form, button) => !button?.formNoValidate && [...form.elements].some((each) => each.validity?.valueMissing);
  on("submit", (event) => {
    const form = event.target;
    const button = buttonOf(event);
    const asking = button?.dataset.confirm ? button : form;
    if (asking.dataset.confirm && !confirmed.has(form) && !usesHtmx(form) && !lacksSomething(form, button)) {
      event.preventDefault();
      event.stopImmediatePropagation();
      ask(asking.dataset.confirm, asking.dataset.confirmLabel, asking.dataset.confirmTone).then((yes) => {
        if (!yes) return;
        confirmed.add(form);
        sendForm(form, button);
      });
      return;
    }
    confirmed.delete(form);
    if (form.dataset.busy) {
      event.preventDefault();
      event.stopImmediatePropagation();
      if (button && !button.disabled) toast("刚才点的还没有更新好，请稍等，核对后再点一次。", "warn");
      return;
    }
    if (!navigator.onLine && methodOf(form) !== "dialog") {
      event.preventDefault();
      event.stopImmediatePropagation();
      keep(form);
      if (!form.matches("[data-retries]")) toast("现在没有网络。填写的内容没有丢失，网络恢复后请再点一次提交。", "warn");
      return;
    }
    if (methodOf(form) === "post") send(form);
    delete form.dataset.dirty;
    // An answer that is downloaded leaves the page as it stands.
    if ((methodOf(form) === "post" || usesHtmx(form)) && !form.matches("[data-download]")) occupy(form, button);
    if (form.matches("[data-sign-out]")) [store, tab].forEach((place) => keysOf(place).forEach((key) => place.removeItem(key)));
  }, true);
  // A button that has the form laid out anew holds it: until the answer is there, the form still says what was before.
  on("htmx:beforeRequest", (event) => {
    const button = event.target;
    if (button.matches("button[type=submit]") && button.form && event.detail.target.contains(button.form)) occupy(button.form, button);
  });
  on("htmx:afterRequest", (event) => {
    letGo();
    if (event.detail.requestConfig?.verb !== "get") tab?.setItem("written", Date.now());
    const form = event.target.closest("form");
    if (form) free(form);
  });
  window.addEventListener("pageshow", () => $$("form[data-busy]").forEach(free));

  // copies ----------------------------------------------------------------
  // What is typed stays on the device until the server says that it is saved (accounts/saved.py). A form with data-draft is copied
  // while one types and offered for a week, any other one when it is sent, for this tab.
  const user = document.body.dataset.user || "";
  const mine = `draft:${user}:`;
  const placeOf = (form) => (form.dataset.draft ? store : tab);
  const keysOf = (place) => (place ? Object.keys(place).filter((key) => key.startsWith("draft:")) : []);
  const isKept = (field) => field.matches("input, select, textarea") && field.name && !field.dataset.private && !/^(password|file|hidden|submit|button|image|reset)$/.test(field.type);
  const fieldsOf = (form) => [...form.elements].filter(isKept);
  const isTicked = (field) => /^(checkbox|radio)$/.test(field.type);
  function isChanged(field) {
    if (isTicked(field)) return field.checked !== field.defaultChecked;
    if (field.matches("select")) return field.selectedIndex !== Math.max(0, [...field.options].findIndex((option) => option.defaultSelected));
    return field.value !== field.defaultValue;
  }
  // The steps of a case are forms of one page and one address, which a hidden field tells apart.
  const nameOf = (form) => form.dataset.draft || $("input[type=hidden][name=step]", form)?.value || "";
  function copyKey(form) {
    const to = new URL(form.getAttribute("action") || "", location.href);
    return `${mine}${to.pathname}${to.search}:${nameOf(form)}`;
  }
  const read = (place, key) => { const text = place?.getItem(key); return text ? JSON.parse(text) : null; };

  function keep(form) {
    const place = placeOf(form);
    const kept = fieldsOf(form).map((field) => [field.name, field.value, isTicked(field) ? field.checked : null]);
    const key = copyKey(form);
    const before = read(place, key);
    if (!place || !user || !kept.length || !(before || form.dataset.draft || fieldsOf(form).some(isChanged))) return null;
    const mark = before?.mark || `${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 12).padEnd(8, "0")}`;
    const copy = { at: Date.now(), mark, kept, seen: $("input[name=seen]", form)?.value };
    if ($("[data-lay-out]", form)) copy.whole = [...new FormData(form)].filter(([name, value]) => name !== "csrfmiddlewaretoken" && typeof value === "string");
    try { place.setItem(key, JSON.stringify(copy)); } catch { /* storage full: the page still holds the text */ }
    return copy;
  }
  // The step that confirms a form has the same address and nothing to type in; it answers for the form before it.
  const markOf = (form) => (form && (keep(form) || read(placeOf(form), copyKey(form)))?.mark) || "";
  function send(form) {
    clearTimeout(saving);
    const mark = markOf(form);
    if (read(placeOf(form), copyKey(form))) tab?.setItem("sent", copyKey(form));
    tab?.setItem("written", Date.now());
    const field = $("input[name=copy_mark]", form) || Object.assign(document.createElement("input"), { type: "hidden", name: "copy_mark" });
    field.value = mark;
    form.append(field);
  }
  function letGo() {
    const saved = /(?:^|; )saved=([\w-]+)/.exec(document.cookie)?.[1];
    if (!saved) return;
    for (const place of [store, tab]) for (const key of keysOf(place)) if (read(place, key).mark === saved) place.removeItem(key);
    document.cookie = "saved=;path=/;max-age=0";
  }
  // Pairs what was kept with the fields of the form; the same name may stand several times.
  function paired(form, copy) {
    const left = fieldsOf(form);
    return copy.kept.map(([name, value, checked]) => {
      const at = left.findIndex((field) => field.name === name && (checked === null || field.value === value));
      return { field: at < 0 ? null : left.splice(at, 1)[0], value, checked };
    });
  }
  const isOther = ({ field, value, checked }) =>
    (field ? (checked === null ? field.value !== value : field.checked !== checked) : checked === true || (checked === null && value !== ""));
  function restore(form, copy) {
    const pairs = paired(form, copy);
    const layOut = $("[data-lay-out]", form);
    if (layOut && copy.whole && pairs.some((pair) => !pair.field && isOther(pair))) {
      // Lines were added that the page does not have: it is laid out anew for what was typed.
      const values = {};
      for (const [name, value] of [...copy.whole, [layOut.name, layOut.value]]) values[name] = name in values ? [].concat(values[name], value) : value;
      htmx.ajax("POST", layOut.getAttribute("hx-post"), { source: layOut, target: layOut.getAttribute("hx-target"), swap: "outerHTML", values });
      return;
    }
    for (const { field, value, checked } of pairs) {
      if (!field) continue;
      if (checked === null) field.value = value; else field.checked = checked;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    // What was typed goes by what stood there then, so that nobody else's change is covered by it.
    const seen = $("input[name=seen]", form);
    if (seen && copy.seen) seen.value = copy.seen;
    form.dataset.dirty = "yes";
    $$("[data-picker]", form).forEach(count);
  }
  function offerCopy(form) {
    const [place, key] = [placeOf(form), copyKey(form)];
    const copy = read(place, key);
    if (!copy) return;
    if (Date.now() - copy.at > 7 * 864e5) { place.removeItem(key); return; }
    const pairs = paired(form, copy);
    // The step that confirms a form has the same address and none of its fields.
    if (!pairs.some((pair) => pair.field)) return;
    const wasSent = tab?.getItem("sent") === key;
    if (wasSent) tab.removeItem("sent");
    // The page shows what was sent and what is wrong with it, or what somebody else changed in it.
    if ($(".differences", form)) { keep(form); return; }
    if (!pairs.some(isOther) || (wasSent && $(".errorlist, .invalid, [role=alert]", form))) return;
    const bar = document.createElement("div");
    bar.className = "notice warn";
    const files = $("input[type=file]", form) ? "照片和文件要重新选一次。" : "";
    bar.innerHTML = wasSent
      ? `<div role="status"><p>刚才没有保存成功。您填写的内容已经放回这里，请核对后重新提交。${files}</p><div class="actions"><button class="button small quiet" type="button" value="reload">不要了，看原来的</button></div></div>`
      : '<div><p>上次在这里填写的内容没有提交成功，已保存在本机。</p><div class="actions"><button class="button small" type="button" value="restore">恢复内容</button><button class="button small quiet" type="button" value="">不要了</button></div></div>';
    bar.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      if (button.value === "restore") restore(form, copy); else place.removeItem(key);
      if (button.value === "reload") { delete form.dataset.dirty; location.reload(); }
      bar.remove();
    });
    form.prepend(bar);
    const fold = form.closest("details");
    if (fold) fold.open = true;
    if (wasSent) restore(form, copy);
  }
  let saving;
  on("input", (event) => {
    const form = event.target.closest?.("form");
    if (event.target.matches("[data-picker-filter]")) { filter(event.target); return; }
    if (!form || methodOf(form) === "get") return;
    if (event.isTrusted) form.dataset.dirty = "yes";
    clearTimeout(saving);
    saving = setTimeout(() => form.dataset.draft && keep(form), 600);
  });
  window.addEventListener("beforeunload", (event) => {
    if ($("form[data-dirty]:not([data-dirty-ok])")) event.preventDefault();
  });
  on("change", (event) => {
    const picker = event.target.closest("[data-picker]");
    if (picker) count(picker);
    $$(`[data-follows="${event.target.name}"]`, event.target.form || undefined).forEach(follow);
    // An answer that arrives now would replace the options, and with them what was just chosen.
    const find = event.target.closest(".picker")?.querySelector("input[hx-get]");
    if (find && find !== event.target) htmx.trigger(find, "htmx:abort");
    if (event.target.closest("[data-autosubmit]")) sendForm(event.target.form);
  });

  // going back ------------------------------------------------------------
  // The browser shows the page as it was. If something was sent since, the page is asked for anew.
  window.addEventListener("pageshow", (event) => {
    const isBack = event.persisted || performance.getEntriesByType("navigation")[0]?.type === "back_forward";
    if (!isBack) { history.replaceState({ ...history.state, shownAt: Date.now() }, ""); return; }
    letGo();
    const isOld = Number(tab?.getItem("written")) > (history.state?.shownAt ?? Infinity);
    if (isOld && navigator.onLine && !$("form[data-dirty]:not([data-dirty-ok])")) location.reload();
  });

  // choosing people -------------------------------------------------------
  function filter(input) {
    const picker = input.closest("[data-picker]");
    const words = input.value.trim().toLowerCase();
    const kind = kindOf(picker);
    let found = 0;
    $$(".option", picker).forEach((option) => {
      option.hidden = (!!words && !option.dataset.key.includes(words)) || (!!kind && option.dataset.of !== kind);
      found += !option.hidden;
    });
    $(".picker-none", picker).hidden = found > 0;
  }
  // A picker that follows another field offers only what is of the kind chosen there.
  function kindOf(picker) {
    const fields = picker.dataset.follows ? $$(`[name="${picker.dataset.follows}"]`, picker.closest("form")) : [];
    return fields.find((field) => field.type !== "radio" || field.checked)?.value;
  }
  function follow(picker) {
    filter($("[data-picker-filter]", picker));
    $$(".option[hidden] input:checked", picker).filter((box) => box.closest(".option").dataset.of !== kindOf(picker)).forEach((box) => { box.checked = false; });
    count(picker);
  }
  function count(picker) {
    const chosen = $$("input[type=checkbox]:checked", picker).length;
    const told = $("[data-picker-count]", picker);
    if (told) told.textContent = chosen ? `已选 ${chosen} ${told.dataset.unit}` : "";
  }
  function choose(picker, checked) {
    $$(".option:not([hidden]) input", picker).forEach((box) => { box.checked = checked; });
    picker.dispatchEvent(new Event("input", { bubbles: true }));
    count(picker);
  }

  // what only some outcomes ask for ----------------------------------------
  // Fields of one step share a prefix (``entry_``) with its ``outcome``.
  function showAsked(root) {
    for (const field of within("[data-outcomes]", root)) {
      const input = field.matches("input, select, textarea") ? field : $("input", field);
      const outcome = input.name.replace(/entry_.*$/, "outcome");
      const chosen = $$("input:checked", field.closest("form")).find((one) => one.name === outcome);
      field.closest(".field").hidden = !chosen || !field.dataset.outcomes.split(" ").includes(chosen.value);
    }
  }
  on("change", (event) => { if (/outcome$/.test(event.target.name || "")) showAsked(event.target.closest("form")); });

  // two texts -------------------------------------------------------------
  function take(button) {
    const wanted = JSON.parse(button.value);
    const fields = $$("input, select, textarea", button.form || button.closest("form")).filter((field) => field.name === button.dataset.take);
    for (const field of fields) {
      if (isTicked(field)) field.checked = wanted.includes(field.value); else field.value = wanted[0] ?? "";
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    $$(`[data-take="${button.dataset.take}"]`).forEach((each) => each.setAttribute("aria-pressed", each === button));
    if (fields[0] && !isTicked(fields[0])) fields[0].focus();
  }
  function dropCopy(link) {
    const form = link.closest("form");
    placeOf(form)?.removeItem(copyKey(form));
    delete form.dataset.dirty;
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
    if ((found = closest(event, "[data-dialog]"))) { event.preventDefault(); showDialog($(`#${found.dataset.dialog}`)); }
    else if ((found = closest(event, "[data-close]"))) closeDialog(found.closest("dialog"));
    else if ((found = closest(event, "[data-dismiss]"))) found.closest("[data-toast], .notice").remove();
    else if (closest(event, "[data-large-type]")) enlarge();
    else if ((found = closest(event, "[data-copy]"))) copy(found.dataset.copy);
    else if ((found = closest(event, "[data-share]"))) share(found);
    else if (closest(event, "[data-print]")) window.print();
    else if ((found = closest(event, "[data-take]"))) take(found);
    else if ((found = closest(event, "[data-drop-copy]"))) dropCopy(found);
    else if (closest(event, "[data-back]")) history.back();
    else if ((found = closest(event, "[data-picker-all]"))) choose(found.closest("[data-picker]"), true);
    else if ((found = closest(event, "[data-picker-none]"))) choose(found.closest("[data-picker]"), false);
    else if (event.target.matches("dialog:not(#confirm)") && !$("form[data-dirty]", event.target)) {
      const box = event.target.getBoundingClientRect();
      if (event.clientY < box.top || event.clientY > box.bottom || event.clientX < box.left || event.clientX > box.right) closeDialog(event.target);
    }
    $$("details.menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  });
  on("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = $("details.menu[open]");
    if (menu) { menu.open = false; $("summary", menu).focus(); }
    if (isSideOpen()) { openSide(false); $("[data-side]").focus(); }
    const dialog = $$("dialog[open]").pop();
    if (dialog && !dialog.showModal) closeDialog(dialog);
  });

  // the main menu on a phone ----------------------------------------------
  const isSideOpen = () => !!$(".side.open");
  function openSide(open) {
    $(".side").classList.toggle("open", open);
    $("[data-side]").setAttribute("aria-expanded", open);
    if (open) $(".side a").focus();
  }
  // While it is open, a tap beside it closes it and does nothing else.
  on("click", (event) => {
    if (closest(event, "[data-side]")) openSide(!isSideOpen());
    else if (isSideOpen() && !closest(event, ".side")) { event.preventDefault(); event.stopPropagation(); openSide(false); }
  }, true);

  on("close", lowerToasts, true);
  on("closeModal", () => { if ($("#modal[open]")) closeDialog($("#modal")); });

  // htmx ------------------------------------------------------------------
  const trouble = { 401: "登录已过期，请刷新页面后重新登录。", 403: "您没有权限做这一步，或页面停留太久，请刷新后再试。", 404: "这条内容已不存在，请刷新页面。", 409: "内容已被别人修改，请刷新页面后再试。", 413: "文件太大，请压缩后再传。", 429: "操作太频繁，请稍等一会儿再试。" };
  on("htmx:configRequest", (event) => {
    if (event.detail.verb !== "get") event.detail.parameters.copy_mark = markOf(event.target.closest("form"));
  });
  // Signed out meanwhile: the page goes to sign-in and comes back, and finds what was typed.
  on("htmx:beforeOnLoad", (event) => {
    if (event.detail.xhr.status !== 401) return;
    for (const form of $$("form[data-dirty]")) {
      if (keep(form)) tab?.setItem("sent", copyKey(form));
      delete form.dataset.dirty;
    }
  });
  on("htmx:responseError", (event) => {
    if (!/toast/.test(event.detail.xhr.getResponseHeader("HX-Trigger") || "")) toast(trouble[event.detail.xhr.status] || "系统出了点问题，这一步没有完成。请稍后再试。", "bad");
  });
  on("htmx:sendError", (event) => {
    if (!event.target.closest("[data-retries]")) toast("网络不通，这一步没有完成，请稍后再试。", "warn");
    watch();
  });
  on("htmx:afterSwap", (event) => { if (event.detail.target.id === "modal-body" && !$("#modal[open]")) showDialog($("#modal")); });
  on("htmx:load", (event) => prepare(event.detail.elt));

  // While the server answers, people type on: what its answer replaces keeps what was typed since it was asked.
  const asked = new WeakMap();
  const stateOf = (field) => (isTicked(field) ? field.checked : field.value);
  const columnOf = (field) => field.name.replace(/-\d+-/, "-*-");
  on("htmx:beforeSend", (event) => {
    const { xhr, target } = event.detail;
    if (target instanceof Element) asked.set(xhr, new Map($$("input, select, textarea", target).filter(isKept).map((field) => [field, stateOf(field)])));
  });
  on("htmx:beforeSwap", (event) => {
    const { xhr, target } = event.detail;
    if (!asked.has(xhr) || !target.id) return;
    const typed = [...asked.get(xhr)].filter(([field, then]) => field.isConnected && stateOf(field) !== then);
    const isDirty = target.matches("form[data-dirty]") || !!$("form[data-dirty]", target);
    asked.set(xhr, { id: target.id, isDirty, typed: typed.map(([field, then]) => ({ field, then, at: field === document.activeElement ? [field.selectionStart, field.selectionEnd] : null })) });
  });
  on("htmx:afterSwap", (event) => {
    const before = asked.get(event.detail.xhr);
    const target = before?.id && document.getElementById(before.id);
    if (!target) return;
    asked.delete(event.detail.xhr);
    if (before.isDirty) (target.closest("form") || $("form", target))?.setAttribute("data-dirty", "yes");
    const fields = $$("input, select, textarea", target).filter(isKept);
    for (const { field, then, at } of before.typed) {
      const same = (other) => other.type === field.type && stateOf(other) === then && (!isTicked(field) || other.value === field.value);
      // A line may have moved up or down.
      const now = fields.find((other) => other.name === field.name && same(other)) || fields.find((other) => columnOf(other) === columnOf(field) && same(other));
      if (!now) continue;
      if (isTicked(now)) now.checked = field.checked; else now.value = field.value;
      if (at && now === document.activeElement && at[0] !== null) now.setSelectionRange(...at);
      now.dispatchEvent(new Event("input", { bubbles: true }));
    }
  });

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

  // going back ------------------------------------------------------------
  // A browser may keep a whole page to show it again at once, even to whoever holds the device after somebody has signed out.
  window.addEventListener("pagehide", () => { document.documentElement.hidden = true; });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload(); else document.documentElement.hidden = false;
  });

  // start -----------------------------------------------------------------
  function loadChart(canvas) {
    new IntersectionObserver((entries, seen) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      seen.disconnect();
      import(canvas.dataset.init).then((chart) => chart.draw(canvas)).catch(() => { canvas.closest("figure").querySelector("details").open = true; });
    }, { rootMargin: "200px" }).observe(canvas);
  }
  // A page that ends in a bar of actions is as high as the window, so that the bar stands at its bottom.
  function endInBar() {
    const main = $(".main");
    if (!main) return;
    const isBar = (element) => element.matches(".sticky-actions, .form-actions");
    document.body.classList.toggle("with-bar", $$(".sticky-actions, .form-actions", main).length > 0);
    $$(".reaches-down", main).forEach((element) => element.classList.remove("reaches-down"));
    const between = [];
    let last = main.lastElementChild;
    while (last && !isBar(last) && between.length < 3) {
      between.push(last);
      last = last.lastElementChild;
    }
    const way = between.map((element) => `${element.localName}${element.matches(".stack") ? ".stack" : ""}`).join(" > ");
    const ends = !!last && isBar(last) && /^(\S+\.stack > (section\S* > )?)?form\S*$/.test(way);
    main.classList.toggle("ends-in-bar", ends);
    if (ends) between.forEach((element) => element.classList.add("reaches-down"));
  }
  // What somebody typed before the scripts were there is answered like what they type afterwards.
  function catchUp() {
    const field = document.activeElement;
    if (field?.value && field.value !== field.defaultValue) field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  function prepare(root) {
    markChosen(root);
    endInBar();
    if (user) $$("form", root).filter((form) => methodOf(form) === "post").forEach(offerCopy);
    $$("[data-picker]", root).forEach(count);
    $$("[data-follows]", root).forEach(follow);
    showAsked(root);
    $$("[data-chart]:not([data-ready])", root).forEach(loadChart);
    $$("[data-toast]", root).forEach(expire);
    $$(".tabs [aria-current], .chips.scroll [aria-current]", root).forEach((link) => { link.parentElement.scrollLeft = link.offsetLeft - link.parentElement.offsetLeft - 48; });
    const wrong = ["input", "select", "textarea"].map((field) => `main form .invalid ${field}`);
    if (root === document.body) catchUp();
    $(["[data-focus]", ...wrong].join(), root)?.focus();
  }
  window.addEventListener("pageshow", () => markChosen(document));
  letGo();
  if (user) keysOf(tab).filter((key) => !key.startsWith(mine)).forEach((key) => tab.removeItem(key));
  if (!window.htmx) prepare(document);
  if (!navigator.onLine) watch();
  if ("serviceWorker" in navigator && window.isSecureContext) window.addEventListener("load", () => navigator.serviceWorker.register("/sw.js").catch(() => {}));
})();
