/** A line between a page and its server that is as far and as narrow as it is told, and counts what it carries. */

import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** Of an ideal line, nothing. */
export interface Shape {
  /** Milliseconds there and back; a connection takes as long to open, without TLS. */
  roundTrip: number;
  /** Bits a second, each way, of all connections together; no limit where it is 0. */
  rate: number;
}

/** One way, shared by all connections. */
class Way {
  bytes = 0;
  #free = 0;

  constructor(private readonly shape: Shape) {}

  /** Hands what was read now on, when it has come over the line. */
  carry(data: Buffer, to: Socket): void {
    this.bytes += data.length;
    this.#later(data.length, () => to.writable && to.write(data));
  }

  end(to: Socket): void {
    this.#later(0, () => to.end());
  }

  #later(bytes: number, then: () => void): void {
    const { roundTrip, rate } = this.shape;
    this.#free = Math.max(this.#free, performance.now()) + (rate > 0 ? (8000 * bytes) / rate : 0);
    const wait = this.#free + roundTrip / 2 - performance.now();
    if (roundTrip === 0 && rate === 0) then();
    else setTimeout(then, wait);
  }
}

export class Line {
  connections = 0;
  readonly up: Way;
  readonly down: Way;

  private constructor(
    readonly url: string,
    shape: Shape,
    readonly close: () => void,
  ) {
    this.up = new Way(shape);
    this.down = new Way(shape);
  }

  /** A line to `server`. */
  static async start(server: string, shape: Shape = { roundTrip: 0, rate: 0 }): Promise<Line> {
    const { hostname, port } = new URL(server);
    const sockets = new Set<Socket>();
    const listener = createServer((client) => {
      line.connections += 1;
      const onward = connect(Number(port), hostname);
      const opened = new Promise((resolve) => setTimeout(resolve, shape.roundTrip));
      const join = (from: Socket, to: Socket, way: Way): void => {
        sockets.add(from);
        from.on("data", (data: Buffer) => void opened.then(() => way.carry(data, to)));
        from.on("end", () => void opened.then(() => way.end(to)));
        from.on("error", () => to.destroy()).on("close", () => sockets.delete(from));
      };
      join(client, onward, line.up);
      join(onward, client, line.down);
    });
    await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
    const stop = (): void => {
      listener.close();
      sockets.forEach((socket) => socket.destroy());
    };
    const line = new Line(`http://127.0.0.1:${(listener.address() as AddressInfo).port}/`, shape, stop);
    return line;
  }

  /** Bytes both ways so far, with the headers of HTTP and the frames of WebSockets. */
  get bytes(): number {
    return this.up.bytes + this.down.bytes;
  }
}
