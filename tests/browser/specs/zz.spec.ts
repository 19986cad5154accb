import { bundles } from "../support/cards";
import { test } from "../support/fixtures";
import { diagnose, loadSample, pickModel, prepared } from "../support/page";
for (const model of bundles()) test(model.id, async ({ page, server, recording }) => {
  await pickModel(page, server.url, model.id);
  const hist = new Map<string, number>(); let lens: number[] = [];
  for (let k = 0; k < 12; k++) { await loadSample(page, model.card.samples[k % 9]!.name); await prepared(page); const n = recording.frames.length; await diagnose(page); await page.waitForTimeout(200);
    const inf = (await recording.inferences()).at(-1)!; const fr = recording.frames.slice(n, inf.sent.frames).map(f => f.payload); lens = fr.map(f => f.length); fr.forEach((f, i) => { if (f.length > 1) { const key = `${i}:last=${f.at(-1)}`; hist.set(key, (hist.get(key) ?? 0) + 1); const z = [...f.subarray(0, -1)].filter(b => b < 16).length; hist.set(`${i}:small`, (hist.get(`${i}:small`) ?? 0) + z); } }); 
    if (k === 0) console.log(model.id, "frames before online", recording.frames.slice(0, n).map(f => f.payload.length).join(","), recording.frames[0]!.payload.toString("latin1").slice(0, 200)); if (k < 3) console.log(fr.map(f => f.toString("hex")).join(" | ")); }
  console.log(model.id, lens);
  console.log([...hist.entries()].filter(([k, n]) => n > 2 || k.includes("small")).sort().join(" "));
});
