/** A line between a page and its server on which WebSockets break. */

import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export class Cutter {
  readonly #open = new Set<Socket>();
  /** WebSockets that were carried. */
  carried = 0;
  /** Whether WebSockets are cut as they come. */
  away = false;

  private constructor(
    readonly url: string,
    private readonly stop: () => void,
  ) {}

  /** A line to `server` whose WebSockets break, one after the other, when they have carried so many bytes both ways, and then no more. */
  static async start(server: string, cuts: number[]): Promise<Cutter> {
    const { hostname, port } = new URL(server);
    const left = [...cuts];
    const listener = createServer((client) => {
      client.once("data", (head) => {
        const upgrades = head.toString("latin1").startsWith("GET /ws");
        if (upgrades && cutter.away) return void client.destroy();
        if (upgrades) cutter.carried += 1;
        const onward = connect(Number(port), hostname);
        const cut = (): void => {
          client.destroy();
          onward.destroy();
        };
        let bytes = upgrades ? (left.shift() ?? Infinity) : Infinity;
        const carry = (to: Socket) => (data: Buffer) => {
          const may = data.subarray(0, Math.min(data.length, bytes));
          bytes -= may.length;
          to.write(may, () => {
            if (bytes <= 0) cut();
          });
        };
        carry(onward)(head);
        client.on("data", carry(onward));
        onward.on("data", carry(client));
        for (const socket of [client, onward]) socket.on("error", cut).on("close", cut);
        if (upgrades) cutter.#open.add(client);
      });
      client.on("error", () => client.destroy());
    });
    await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
    const cutter = new Cutter(`http://127.0.0.1:${(listener.address() as AddressInfo).port}/`, () => listener.close());
    return cutter;
  }

  /** Cuts the WebSockets that there are, and those to come while `away`. */
  cut(away: boolean): void {
    this.away = away;
    for (const socket of this.#open) socket.destroy();
    this.#open.clear();
  }

  close(): void {
    this.cut(true);
    this.stop();
  }
}
