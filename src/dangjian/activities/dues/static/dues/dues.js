// Collecting: the button says how many are ticked and how much that is, and asks with the same words.
(() => {
  const yuan = (fen) => `${Math.floor(fen / 100).toLocaleString("en-US")}.${String(fen % 100).padStart(2, "0")}`;
  const fenOf = (text) => {
    const found = /^\s*(\d{1,9})(?:\.(\d{1,2}))?\s*$/.exec(text.replace(/,/g, ""));
    return found ? Number(found[1]) * 100 + Number((found[2] || "").padEnd(2, "0")) : 0;
  };

  function count(form) {
    const boxes = [...form.querySelectorAll("[data-fen]")];
    const ticked = boxes.filter((box) => box.checked);
    const extra = form.querySelector("[name=extra_fen]");
    const fen = ticked.reduce((sum, box) => sum + Number(box.dataset.fen), 0) + (extra ? fenOf(extra.value) : 0);
    const people = new Set(ticked.map((box) => box.dataset.member)).size;
    const method = form.querySelector("[name=method]:checked");
    form.querySelectorAll("[data-sum]").forEach((place) => { place.textContent = yuan(fen); });
    form.querySelectorAll("[data-people]").forEach((place) => { place.textContent = people; });
    form.querySelectorAll("[data-all]").forEach((button) => {
      button.textContent = main(form).every((box) => box.checked) ? "全不选" : "全选应交";
    });
    const button = form.querySelector("[data-collect-button]");
    if (!button) return; // somebody looks who does not collect here
    button.disabled = fen === 0;
    const who = form.dataset.collect ? `收到${form.dataset.collect}的党费` : `收到 ${people} 名党员的党费`;
    const how = method ? `（${method.closest("label").textContent.trim()}）` : "";
    const named = (chosen) => [...new Set(chosen.map((box) => box.dataset.name || form.dataset.collect))].join("、");
    const lines = [`${who}共 ${yuan(fen)} 元${how}？`];
    if (!form.dataset.collect) lines.push(named(ticked));
    const online = ticked.filter((box) => box.dataset.online);
    if (online.length) lines.push(`请注意：${named(online)}正在网上交纳，还没有到账，请先问清楚是否已经转账。收款后网上那一笔自动关闭。`);
    button.dataset.confirm = lines.join("\n");
  }
  const main = (form) => [...form.querySelectorAll("[data-main]")];

  document.addEventListener("input", (event) => {
    const form = event.target.closest("[data-collect]");
    if (form) count(form);
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-all]");
    if (!button) return;
    const form = button.closest("[data-collect]");
    const all = main(form).every((box) => box.checked);
    main(form).forEach((box) => { box.checked = !all; });
    form.dispatchEvent(new Event("change", { bubbles: true }));
    count(form);
  });
  document.querySelectorAll("[data-collect]").forEach(count);
})();
