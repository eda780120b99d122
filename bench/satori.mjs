// Draws the bench's card with satori and resvg: a line of JSON comes in, a length and a PNG go out.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const folder = process.argv[2];
const load = createRequire(folder + "/");
const { default: found } = await import(pathToFileURL(load.resolve("satori")));
const satori = found.default ?? found;
const { Resvg } = load("@resvg/resvg-js");
const fonts = [400, 700, 800].map((weight) => ({
  name: "Noto Sans",
  weight,
  data: readFileSync(`${folder}/node_modules/@fontsource/noto-sans/files/noto-sans-latin-${weight}-normal.woff`),
}));
const box = (style, children) => ({ type: "div", props: { style: { display: "flex", ...style }, children } });
const colour = "#0f5f66";
let photo;

function card(words) {
  const side = { padding: "28px 64px" };
  return box({ width: 1080, height: 1350, flexDirection: "column", background: "#fffdf9", fontFamily: "Noto Sans", fontSize: 34 }, [
    box({ ...side, justifyContent: "space-between", fontSize: 27, fontWeight: 700 }, [
      box({}, words.campaign),
      box({}, `${words.date} 1/8`),
    ]),
    { type: "img", props: { src: photo, width: 1080, height: 480, style: { objectFit: "cover" } } },
    box({ ...side, flexDirection: "column", background: colour, color: "#fff" }, [
      box({ alignItems: "center", fontWeight: 700 }, [
        box({ width: 150, height: 150, borderRadius: 75, background: "#fff", color: colour, marginRight: 26, fontSize: 60, fontWeight: 800, alignItems: "center", justifyContent: "center" }, words.organisation.monogram),
        box({}, words.organisation.name),
      ]),
      box({ fontSize: 100, fontWeight: 800, lineHeight: 1.08 }, words.headline[0]),
      box({}, words.lede.join(" ")),
    ]),
    box({ ...side, flexDirection: "column" }, words.information.map((line) => box({}, line))),
    box({ ...side, flexDirection: "column", fontSize: 22, color: "#4a4f58" }, [
      box({ fontSize: 27, fontWeight: 700, color: colour }, words.hashtags.join(" ")),
      box({}, words.funder),
    ]),
  ]);
}

for await (const line of createInterface({ input: process.stdin })) {
  const frame = JSON.parse(line);
  let png = Buffer.alloc(0);
  if (frame.photo && typeof frame.photo === "string") photo = frame.photo;
  else png = new Resvg(await satori(card(frame), { width: 1080, height: 1350, fonts }), { font: { loadSystemFonts: false } }).render().asPng();
  process.stdout.write(`${png.length}\n`);
  process.stdout.write(png);
}
