// Runs a WebAssembly program that was built for WASI: node run_wasm.mjs PROGRAM [ARGUMENT...]
//
// The few system calls that the program needs are written out here. Node's own `node:wasi` would do, but its
// calls crash the process under long runs on x86-64 Linux (nodejs/node#53087); and these work in a browser.
import { readFileSync, readSync, writeSync } from "node:fs";

const OK = 0;
const BAD_FILE = 8;
const CHARACTER_DEVICE = 2;

class Exit extends Error {
    constructor(status) {
        super(`exit ${status}`);
        this.status = status;
    }
}

const words = process.argv.slice(2).map((word) => new TextEncoder().encode(`${word}\0`));
let memory; // of the program, known once it is made

const view = () => new DataView(memory.buffer); // anew each time: growing the memory replaces the buffer

function writeAll(file, bytes) {
    for (let done = 0; done < bytes.length; ) {
        try {
            done += writeSync(file, bytes, done);
        } catch (problem) {
            if (problem.code !== "EAGAIN") throw problem; // a pipe that is full: whoever reads it is slower
        }
    }
}

function readSome(bytes) {
    for (; bytes.length; ) {
        try {
            return readSync(0, bytes);
        } catch (problem) {
            if (problem.code === "EOF") return 0;
            if (problem.code !== "EAGAIN") throw problem; // a pipe that is empty: whoever fills it is slower
        }
    }
    return 0;
}

const system = {
    args_sizes_get(count, bytes) {
        view().setUint32(count, words.length, true);
        view().setUint32(bytes, words.reduce((sum, word) => sum + word.length, 0), true);
        return OK;
    },
    args_get(pointers, at) {
        for (const word of words) {
            view().setUint32(pointers, at, true);
            new Uint8Array(memory.buffer).set(word, at);
            pointers += 4;
            at += word.length;
        }
        return OK;
    },
    fd_fdstat_get(file, out) {
        if (file > 2) return BAD_FILE;
        new Uint8Array(memory.buffer).fill(0, out, out + 24);
        view().setUint8(out, CHARACTER_DEVICE);
        return OK;
    },
    fd_write(file, parts, count, written) {
        if (file !== 1 && file !== 2) return BAD_FILE;
        let sum = 0;
        for (let part = 0; part < count; part++) {
            const start = view().getUint32(parts + 8 * part, true);
            const length = view().getUint32(parts + 8 * part + 4, true);
            writeAll(file, new Uint8Array(memory.buffer, start, length));
            sum += length;
        }
        view().setUint32(written, sum, true);
        return OK;
    },
    fd_read(file, parts, count, taken) {
        if (file !== 0) return BAD_FILE;
        let sum = 0;
        for (let part = 0; part < count; part++) {
            const start = view().getUint32(parts + 8 * part, true);
            const length = view().getUint32(parts + 8 * part + 4, true);
            const found = readSome(new Uint8Array(memory.buffer, start, length));
            sum += found;
            if (found < length) break;
        }
        view().setUint32(taken, sum, true);
        return OK;
    },
    fd_seek: () => BAD_FILE,
    fd_close: () => OK,
    proc_exit(status) {
        throw new Exit(status);
    },
};

const module = new WebAssembly.Module(readFileSync(process.argv[2]));
const instance = new WebAssembly.Instance(module, { wasi_snapshot_preview1: system });
memory = instance.exports.memory;
try {
    instance.exports._start();
} catch (problem) {
    if (!(problem instanceof Exit)) throw problem;
    process.exitCode = problem.status;
}
