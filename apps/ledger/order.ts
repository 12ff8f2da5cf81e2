import { parseArgs } from "node:util";

export const USAGE = `usage:
  npm run ledger -- verify [--export dir] [--key key|file] [--from checkpoint] [--to checkpoint] [--database] [--age seconds] [--json]
  npm run ledger -- prove <contact id | address | number> [--workspace id] [--out file]
  npm run ledger -- check <pack.json | receipt.json> --key key|file [--json]
  npm run ledger -- keys`;

export type Order =
  | {
      readonly kind: "verify";
      readonly directory: string | null;
      readonly key: string | null;
      /** Files with checkpoints that were kept elsewhere. */
      readonly kept: readonly string[];
      readonly withDatabase: boolean;
      readonly ageSeconds: number;
      readonly isJson: boolean;
    }
  | {
      readonly kind: "prove";
      readonly who: string;
      readonly workspaceId: string | null;
      readonly out: string | null;
    }
  | { readonly kind: "check"; readonly file: string; readonly key: string | null; readonly isJson: boolean }
  | { readonly kind: "keys" };

const AGE_SECONDS = 60;

/** What the command line asks for; null when it is not one of the orders. */
export function readOrder(args: readonly string[]): Order | null {
  const [name, ...rest] = args;
  try {
    switch (name) {
      case "verify":
        return verifyOrder(rest);
      case "prove": {
        const { values, positionals } = parseArgs({
          args: rest,
          allowPositionals: true,
          options: { workspace: { type: "string" }, out: { type: "string" } },
        });
        const [who, ...more] = positionals;
        if (who === undefined || more.length > 0) return null;
        return { kind: "prove", who, workspaceId: values.workspace ?? null, out: values.out ?? null };
      }
      case "check": {
        const { values, positionals } = parseArgs({
          args: rest,
          allowPositionals: true,
          options: { key: { type: "string" }, json: { type: "boolean" } },
        });
        const [file, ...more] = positionals;
        if (file === undefined || more.length > 0) return null;
        return { kind: "check", file, key: values.key ?? null, isJson: values.json === true };
      }
      case "keys":
        return rest.length === 0 ? { kind: "keys" } : null;
      default:
        return null;
    }
  } catch {
    return null;
  }
}

function verifyOrder(args: readonly string[]): Order | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      export: { type: "string" },
      key: { type: "string" },
      from: { type: "string" },
      to: { type: "string" },
      database: { type: "boolean" },
      age: { type: "string" },
      json: { type: "boolean" },
    },
  });
  const ageSeconds = Number(values.age ?? AGE_SECONDS);
  if (!Number.isFinite(ageSeconds) || ageSeconds < 0) return null;
  return {
    kind: "verify",
    directory: values.export ?? null,
    key: values.key ?? null,
    kept: [values.from, values.to].filter((file) => file !== undefined),
    withDatabase: values.database === true,
    ageSeconds,
    isJson: values.json === true,
  };
}
