// Videos that are dropped or chosen go to the server one after the other, each in slices: so there is progress and
// a way to cancel, and after a lost connection it goes on from what has arrived.
const zone = document.getElementById("upload");
const picker = document.getElementById("files");
const list = document.getElementById("uploads");
const words = document.getElementById("upload-words").dataset;
const language = document.documentElement.lang;
const queue = [];
let busy = false;

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const filled = (text, values) => text.replace(/\[(\w+)\]/g, (_, name) => values[name]);
const inUnit = (value, unit) =>
  new Intl.NumberFormat(language, { style: "unit", unit, maximumSignificantDigits: 3 }).format(value);
const size = (bytes) => (bytes < 1e9 ? inUnit(bytes / 1e6, "megabyte") : inUnit(bytes / 1e9, "gigabyte"));
const duration = (s) => (s < 90 ? inUnit(Math.ceil(s), "second") : inUnit(Math.ceil(s / 60), "minute"));

class Refused extends Error {}
class Cancelled extends Error {}

/** Send one request; resolves to its status and answer, and rejects where there was no connection. */
function send(upload, method, url, body, { type, offset, sent } = {}) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    upload.request = request;
    request.open(method, url);
    request.responseType = "json";
    request.setRequestHeader("X-CSRFToken", JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"]);
    if (type) request.setRequestHeader("Content-Type", type);
    if (offset !== undefined) request.setRequestHeader("Upload-Offset", offset);
    if (sent) request.upload.onprogress = (event) => sent(event.loaded);
    request.onload = () => resolve({ status: request.status, answer: request.response ?? {} });
    request.onerror = () => reject(new Error("no connection"));
    request.onabort = () => reject(new Cancelled());
    request.send(body);
  });
}

/** Send it again and again until the server answers; a refusal is an answer. */
async function persist(upload, method, ...request) {
  for (let pause = 500; ; pause = Math.min(2 * pause, 8000)) {
    if (upload.cancelled) throw new Cancelled();
    try {
      const { status, answer } = await send(upload, method, ...request);
      if (status < 500 || status === 507) {
        const isBehind = status === 409 && method === "PUT";  // it says from where to go on
        if (status >= 400 && !isBehind) throw new Refused(answer.error ?? `${status}`);
        return answer;
      }
    } catch (error) {
      if (error instanceof Refused || error instanceof Cancelled) throw error;
    }
    upload.rate.textContent = words.again;
    await wait(pause);
  }
}

/** The row of an upload: a new one, or that of the same file whose upload was broken off. */
function rowFor(file) {
  const known = [...list.children].find(
    (row) => row.dataset.url && row.dataset.name === file.name && Number(row.dataset.size) === file.size,
  );
  const row = known ?? document.getElementById("upload-row").content.cloneNode(true).firstElementChild;
  row.querySelector(".name").textContent = file.name;
  row.querySelector("progress").setAttribute("aria-label", filled(words.progress, { name: file.name }));
  if (!known) list.append(row);
  return row;
}

/** What the functions below keep of an upload; `url` where a part of it is on the server. */
function uploadOf(row, file) {
  const { url } = row.dataset;
  delete row.dataset.url;
  return { file, row, url, bar: row.querySelector("progress"), rate: row.querySelector(".rate") };
}

function add(files) {
  for (const file of files) {
    const upload = uploadOf(rowFor(file), file);
    if (file.size === 0) end(upload, words.empty);
    else if (file.size > zone.dataset.largest) end(upload, filled(words.tooLarge, { size: size(zone.dataset.largest) }));
    else if (file.size > zone.dataset.free) end(upload, filled(words.noRoom, { size: size(zone.dataset.free) }));
    else if (queue.length >= zone.dataset.most) end(upload, filled(words.tooMany, { number: zone.dataset.most }));
    else {
      upload.rate.textContent = words.waiting;
      upload.row.querySelector("button").onclick = () => cancel(upload);
      queue.push(upload);
    }
  }
  if (!busy) work();
}

/** Show how an upload ended, and read it out. */
function end(upload, text, isError = true) {
  upload.bar.hidden = true;
  upload.rate.textContent = text;
  upload.rate.classList.toggle("error", isError);
  upload.row.querySelector("button")?.remove();
  document.getElementById("news").textContent = filled(words.news, { name: upload.file.name, text });
}

function cancel(upload) {
  upload.cancelled = true;
  upload.request?.abort();
  if (upload.url) fetch(upload.url, { method: "DELETE", headers: JSON.parse(document.body.getAttribute("hx-headers")) });
  end(upload, words.cancelled, false);
}

async function work() {
  busy = true;
  const done = [];
  while (queue.length > 0) {
    const upload = queue[0];
    try {
      if (!upload.cancelled) done.push(await transfer(upload));
    } catch (error) {
      if (!(error instanceof Cancelled)) end(upload, error.message);
    }
    queue.shift();
  }
  busy = false;
  if (done.length === 1 && list.children.length === 1) location.assign(done[0]);
  else if (done.length > 0 && !list.querySelector(".error")) location.assign(location.pathname);
}

/** Bring one video to the server; returns where it is prepared. */
async function transfer(upload) {
  const { file } = upload;
  const state = upload.url
    ? await persist(upload, "GET", upload.url)
    : await persist(upload, "POST", zone.action, JSON.stringify({ name: file.name, size: file.size }), { type: "application/json" });
  upload.url = state.url;
  const began = performance.now();
  const first = state.received;
  const show = (received) => {
    const rate = (received - first) / Math.max(performance.now() - began, 1) * 1000;
    upload.bar.max = file.size;
    upload.bar.value = received;
    if (rate > 0) {
      const left = duration((file.size - received) / rate);
      upload.rate.textContent = filled(words.rate, { done: size(received), size: size(file.size), rate: size(rate), left });
    }
  };
  for (let at = first; at < file.size; ) {
    const slice = file.slice(at, at + state.chunk);
    const answer = await persist(upload, "PUT", upload.url, slice, { offset: at, sent: (bytes) => show(at + bytes) });
    at = answer.received ?? (await persist(upload, "GET", upload.url)).received;
    show(at);
  }
  upload.bar.removeAttribute("value");  // how long the check takes is not known
  upload.rate.textContent = words.checking;
  const { url } = await persist(upload, "POST", state.finish_url);
  end(upload, words.done, false);
  const link = Object.assign(document.createElement("a"), { href: url, textContent: words.prepare, className: "button" });
  upload.row.querySelector(".end").append(link);
  return url;
}

picker.addEventListener("change", () => { add([...picker.files]); picker.value = ""; });
for (const row of list.children) {
  row.querySelector("button").onclick = () => cancel(uploadOf(row, { name: row.dataset.name }));
}
zone.addEventListener("submit", (event) => event.preventDefault());
// The whole page takes what is dropped: a video that misses the zone must not replace the page.
for (const name of ["dragenter", "dragover"]) {
  document.addEventListener(name, (event) => { event.preventDefault(); zone.classList.add("over"); });
}
document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) zone.classList.remove("over"); });
document.addEventListener("drop", (event) => {
  event.preventDefault();
  zone.classList.remove("over");
  add([...event.dataTransfer.files]);
});
addEventListener("beforeunload", (event) => { if (busy) event.preventDefault(); });
