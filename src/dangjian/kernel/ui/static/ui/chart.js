// Draws the chart of {% chart %}; loaded by dangjian.js when a chart comes into view.
const colors = ["#a8141c", "#c79a3e", "#2f6bab", "#2c7a55", "#9a6a1c", "#8d847a"];

function load(src) {
  return window.echarts ? Promise.resolve() : new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = src; script.onload = done; script.onerror = failed;
    document.head.append(script);
  });
}

function options(data, font, calm) {
  const text = { color: "#554d47", fontFamily: font, fontSize: 13 };
  const round = data.kind === "pie";
  const series = round
    ? [{ type: "pie", radius: ["48%", "72%"], label: { ...text, formatter: "{b} {c}" }, itemStyle: { borderColor: "#fff", borderWidth: 2 },
        data: data.categories.map((name, index) => ({ name, value: data.series[0].values[index] })) }]
    : data.series.map((each) => ({ name: each.name, type: data.kind === "line" ? "line" : "bar", stack: data.kind === "stacked" ? "all" : undefined,
        data: each.values, barMaxWidth: 32, smooth: .2, symbolSize: 7, cursor: each.urls ? "pointer" : "default",
        itemStyle: { borderRadius: data.kind === "bar" ? [4, 4, 0, 0] : 0 } }));
  return {
    color: colors, animation: !calm, textStyle: { fontFamily: font, fontSize: 13 },
    tooltip: { trigger: round ? "item" : "axis", renderMode: "richText", confine: true, axisPointer: { type: "shadow" } },
    grid: { left: 4, right: 8, top: 20, bottom: 4, containLabel: true },
    xAxis: round ? undefined : { type: "category", data: data.categories, axisTick: { show: false }, axisLine: { lineStyle: { color: "#d8d1c6" } }, axisLabel: { ...text, hideOverlap: true } },
    yAxis: round ? undefined : { type: "value", minInterval: 1, splitLine: { lineStyle: { color: "#efebe4" } }, axisLabel: text },
    series,
  };
}

export async function draw(canvas) {
  if (canvas.dataset.ready) return;
  await load(canvas.dataset.echarts);
  const data = JSON.parse(document.getElementById(canvas.dataset.chart).textContent);
  canvas.dataset.ready = "yes";
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const chart = window.echarts.init(canvas);
  chart.setOption(options(data, getComputedStyle(document.body).fontFamily, calm));
  chart.on("click", (point) => {
    const url = (data.series[data.kind === "pie" ? 0 : point.seriesIndex].urls || [])[point.dataIndex];
    if (url) location.assign(url);
  });
  new ResizeObserver(() => chart.resize()).observe(canvas);
}
