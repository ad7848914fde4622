// The head of the course as a file, made of what the pages show: so the browser fetches it once.
import { inflated, inOrder } from "./alone.js";

/**
 * A NIfTI file, in gzip's form as its name says, and yet not packed: Python has it open at once.
 *
 * @param {string} url - Its voxels, as the pages' views fetch them.
 * @param {{header: string, shape: number[]}} file - What stands before the voxels, in base64.
 * @returns {Promise<Uint8Array>}
 */
export async function headFile(url, { header, shape }) {
  // A file's name says what is in it, so a browser that has it need not ask.
  const answer = await fetch(url, { cache: "force-cache" });
  if (!answer.ok) throw new Error(`The head could not be fetched: ${answer.status}`);
  const voxels = inOrder({ kind: "int16", shape }, await inflated(answer.body));
  const before = Uint8Array.from(atob(header), (letter) => letter.charCodeAt(0));
  const plain = new Uint8Array(before.length + voxels.length);
  plain.set(before);
  plain.set(voxels, before.length);
  return stored(plain);
}

const BLOCK = 65535;

/** The bytes as gzip keeps what it doesn't pack (RFC 1951, 3.2.4; RFC 1952). */
function stored(plain) {
  const blocks = Math.max(1, Math.ceil(plain.length / BLOCK));
  const made = new Uint8Array(10 + 5 * blocks + plain.length + 8);
  const words = new DataView(made.buffer);
  made.set([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
  let at = 10;
  for (let block = 0; block < blocks; block++) {
    const part = plain.subarray(block * BLOCK, (block + 1) * BLOCK);
    made[at] = block === blocks - 1 ? 1 : 0;
    words.setUint16(at + 1, part.length, true);
    words.setUint16(at + 3, part.length ^ 0xffff, true);
    made.set(part, at + 5);
    at += 5 + part.length;
  }
  words.setUint32(at, crc32(plain), true);
  words.setUint32(at + 4, plain.length, true);
  return made;
}

function crc32(bytes) {
  const table = new Uint32Array(256).map((_, value) => {
    for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? 0xedb88320 : 0);
    return value;
  });
  let sum = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) sum = table[(sum ^ bytes[i]) & 255] ^ (sum >>> 8);
  return (sum ^ 0xffffffff) >>> 0;
}
