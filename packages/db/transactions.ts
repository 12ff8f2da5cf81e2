import postgres from "postgres";

/*
 * Connections for transactions. The driver's own pool opens a broken connection again and goes on with it, and then
 * carries over what the old one left: a statement never sent holds back all later ones (nothing is answered any
 * more), and the rest of a broken transaction runs on the new connection, in nobody's transaction or in somebody
 * else's (open issues 1186 and 1216 of porsager/postgres). So each connection here is a client of its own that is
 * used for one transaction at a time and thrown away when it breaks.
 */

export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

type Work<T> = (scoped: postgres.TransactionSql) => Promise<T>;

export interface Transactions {
  /**
   * Runs `work` in a transaction, on a connection that nobody else uses meanwhile.
   * @throws DatabaseLost when the connection breaks; whether a commit that was under way counts is then not known.
   */
  begin<T>(work: Work<T>): Promise<T>;
  /**
   * Runs these statements as one transaction, all sent before the first answer: one round trip instead of one for
   * each. Resolves with the rows of the last one. When one fails the transaction is rolled back, and its error thrown.
   * @throws DatabaseLost as `begin` does.
   */
  together(statements: readonly Statement[]): Promise<readonly postgres.Row[]>;
  /** Runs one statement by itself. @throws DatabaseLost as `begin` does. */
  alone(statement: Statement): Promise<postgres.RowList<postgres.Row[]>>;
  /** The same; a row comes as the list of its values. */
  aloneInLists(statement: Statement): Promise<readonly unknown[][]>;
  /** Begins nothing new, and ends when what is under way has ended, or after 5 s. */
  close(): Promise<void>;
}

/** The connection broke during a transaction, or the database was closed before it began. */
export class DatabaseLost extends Error {
  readonly code = "CONNECTION_LOST";
  constructor() {
    super("the connection to the database broke");
    this.name = "DatabaseLost";
  }
}

interface Line {
  readonly client: postgres.Sql;
  isBroken: boolean;
  /** Ends the transaction that is under way when the line breaks. */
  onBreak: () => void;
}

const CLOSE_SECONDS = 5;

/** @param open makes a client of one connection; it must call the argument when that connection closes. */
export function openTransactions(
  connectionsMax: number,
  open: (onClose: () => void) => postgres.Sql,
): Transactions {
  const lines = new Set<Line>();
  const idle: Line[] = [];
  const waiting: PromiseWithResolvers<Line>[] = [];
  let isClosed = false;

  const discard = (line: Line) => {
    if (!lines.delete(line)) return;
    const place = idle.indexOf(line);
    if (place >= 0) idle.splice(place, 1);
    // It has nothing left to say; the driver's own clean-up must not end us.
    line.client.end({ timeout: 0 }).catch(() => undefined);
    if (!isClosed) waiting.shift()?.resolve(connect());
  };
  const connect = (): Line => {
    const line: Line = {
      client: open(() => {
        line.isBroken = true;
        line.onBreak();
        discard(line);
      }),
      isBroken: false,
      onBreak: () => undefined,
    };
    lines.add(line);
    return line;
  };
  const take = (): Promise<Line> | Line => {
    if (isClosed) throw new DatabaseLost();
    const line = idle.pop();
    if (line !== undefined) return line;
    if (lines.size < connectionsMax) return connect();
    const turn = Promise.withResolvers<Line>();
    waiting.push(turn);
    return turn.promise;
  };
  const giveBack = (line: Line) => {
    if (line.isBroken) return discard(line);
    const next = waiting.shift();
    if (next === undefined) idle.push(line);
    else next.resolve(line);
  };

  const onLine = async <T>(work: (line: Line) => Promise<T>): Promise<T> => {
    const line = await take();
    try {
      return await work(line);
    } catch (error) {
      if (isBreak(error)) line.isBroken = true;
      throw error;
    } finally {
      line.onBreak = () => undefined;
      giveBack(line);
    }
  };

  return {
    begin: (work) => onLine((line) => beginOn(line, work)),
    together: (statements) => onLine((line) => sendTogether(line, statements)),
    alone: (statement) => onLine((line) => sendAlone(line, statement, (query) => query)),
    aloneInLists: (statement) => onLine((line) => sendAlone(line, statement, (query) => query.values())),
    close: async () => {
      isClosed = true;
      for (const turn of waiting.splice(0)) turn.reject(new DatabaseLost());
      await Promise.all([...lines].map((line) => line.client.end({ timeout: CLOSE_SECONDS })));
    },
  };
}

function beginOn<T>(line: Line, work: Work<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    let isOver = false;
    const settle = (end: () => void) => {
      isOver = true;
      end();
    };
    line.onBreak = () => settle(() => reject(new DatabaseLost()));
    line.client
      .begin(async (scoped) => {
        const { unsafe } = scoped;
        const guarded: typeof unsafe = (query, parameters, options) => {
          if (isOver) throw new DatabaseLost();
          return unsafe(query, parameters, options);
        };
        try {
          const result = await work(Object.assign(scoped, { unsafe: guarded }));
          return isOver ? await never() : result;
        } catch (error) {
          // The driver would send the rollback to whatever connection it has by then.
          if (!isOver && !isBreak(error)) throw error;
          settle(() => reject(error));
          return never();
        }
      })
      .then(
        (result) => settle(() => resolve(result as T)),
        (error: unknown) => settle(() => reject(error)),
      );
  });
}

const BEGIN: Statement = { text: "begin", values: [] };
const COMMIT: Statement = { text: "commit", values: [] };

/**
 * Should the connection break between two of them, the driver sends the rest on its next connection: there they run
 * in no transaction and no workspace, so that row-level security hides every row from them.
 */
function sendTogether(line: Line, statements: readonly Statement[]): Promise<readonly postgres.Row[]> {
  return new Promise((resolve, reject) => {
    line.onBreak = () => reject(new DatabaseLost());
    const sent = [BEGIN, ...statements, COMMIT].map(({ text, values }) =>
      line.client.unsafe(text, values as postgres.ParameterOrJSON<never>[], { prepare: true }).execute(),
    );
    void Promise.allSettled(sent).then((ends) => {
      const failed = ends.find((end) => end.status === "rejected");
      if (failed !== undefined) return reject(failed.reason);
      const last = ends.at(-2);
      return resolve(last?.status === "fulfilled" ? last.value : []);
    });
  });
}

function sendAlone<T>(
  line: Line,
  { text, values }: Statement,
  read: (query: postgres.PendingQuery<postgres.Row[]>) => PromiseLike<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    line.onBreak = () => reject(new DatabaseLost());
    read(line.client.unsafe(text, values as postgres.ParameterOrJSON<never>[])).then(resolve, reject);
  });
}

const never = (): Promise<never> => new Promise(() => undefined);

/** True for an error of the connection: the driver names the query it belongs to, and the server gave no severity. */
function isBreak(error: unknown): boolean {
  if (error instanceof DatabaseLost) return true;
  if (!(error instanceof Error)) return false;
  if (error instanceof postgres.PostgresError) return false;
  return "query" in error && "code" in error ? true : isBreak(error.cause);
}
