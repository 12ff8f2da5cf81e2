import { connect, createServer, type Server, type Socket } from "node:net";
import { freePort } from "./redis-server.ts";

/** A way to a database that can be closed and opened, as if the server went down and came back. */
export interface DatabasePath {
  /** The same login, by this way. */
  readonly url: string;
  /** Lets connections through from now on. */
  open(): Promise<void>;
  /** Breaks every connection and takes no new one. */
  close(): Promise<void>;
}

/** A closed way to a database on this machine. */
export async function databasePath(url: string): Promise<DatabasePath> {
  const target = new URL(url);
  const port = await freePort();
  const way = new URL(url);
  way.port = String(port);
  const sockets = new Set<Socket>();
  let server: Server | null = null;
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
  };
  return {
    url: way.toString(),
    open: () =>
      new Promise((resolve) => {
        server = createServer((client) => {
          const through = connect(Number(target.port), target.hostname);
          keep(client);
          keep(through);
          client.pipe(through).pipe(client);
          // A pipe passes an end on, but not a reset.
          through.once("close", () => client.destroy());
          client.once("close", () => through.destroy());
        }).listen(port, "127.0.0.1", resolve);
      }),
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.resetAndDestroy();
        if (server === null) return resolve();
        server.close(() => resolve());
        server = null;
      }),
  };
}
