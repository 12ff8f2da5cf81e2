import postgres from "postgres";

/** Sets a test database's clock ahead of the machine's by so much; only the test role may. */
export async function setClockAhead(ownerUrl: string, milliseconds: number): Promise<void> {
  const client = postgres(ownerUrl, { max: 1, connection: { role: "consentry_test" } });
  try {
    await client`update test_clock set clock_offset = ${milliseconds} * interval '1 millisecond'`;
  } finally {
    await client.end();
  }
}
