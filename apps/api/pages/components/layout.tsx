import { raw } from "hono/html";
import type { Child } from "hono/jsx";
import { HTMX, ICONS, STYLESHEET } from "../assets.ts";
import { Icon } from "./icon.tsx";

export interface ShellModel {
  readonly title: string;
  readonly current:
    | "home"
    | "campaigns"
    | "contacts"
    | "forms"
    | "imports"
    | "requests"
    | "rules"
    | "settings"
    | "inbox"
    | "none";
  readonly workspace: string;
  readonly user: string;
  readonly isFrozen: boolean;
  readonly hasInbox: boolean;
}

/** A refresh that failed leaves what stands there: the next one, a second later, may find the server again. */
const HTMX_CONFIG = '{"includeIndicatorCSS":false,"noSwap":[204,304,"4xx","5xx"]}';

/** The document of every page; no inline script or style, which the content security policy forbids. */
export const Document = ({
  title,
  live,
  children,
  pub,
  language,
  skip,
}: {
  title: string;
  live?: boolean;
  pub?: boolean;
  /** The page's language; default English. */
  language?: string;
  /** The words of the link to the content; default English. */
  skip?: string;
  children?: Child;
}) => (
  <>
    {raw("<!doctype html>")}
    <html lang={language ?? "en"}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width,initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{title}</title>
        <link rel="stylesheet" href={STYLESHEET.url} />
        <link rel="icon" href="data:," />
        {live === true ? (
          <>
            <meta name="htmx-config" content={HTMX_CONFIG} />
            <script src={HTMX.url} defer></script>
          </>
        ) : null}
      </head>
      <body {...(pub === true ? { class: "pub" } : {})}>
        {pub === true ? null : raw(ICONS)}
        <a class="skip" href="#main">
          {skip ?? "Skip to content"}
        </a>
        {children}
      </body>
    </html>
  </>
);

const LINKS = [
  ["home", "/", "home", "Home"],
  ["campaigns", "/campaigns", "send", "Campaigns"],
  ["contacts", "/contacts", "people", "Contacts"],
  ["forms", "/forms", "pen", "Forms"],
  ["imports", "/import", "import", "Imports"],
  ["requests", "/requests", "request", "Requests"],
  ["rules", "/rules", "proof", "Rules"],
  ["inbox", "/inbox", "inbox", "Inbox"],
  ["settings", "/settings", "gear", "Settings"],
] as const;

const Links = ({ shell, label }: { shell: ShellModel; label: string }) => (
  <nav class="nav" aria-label={label}>
    <a class="brand" href="/">
      <Icon name="gate" />
      Consentry
    </a>
    <ul>
      {LINKS.filter(([name]) => name !== "inbox" || shell.hasInbox).map(([name, href, icon, word]) => (
        <li>
          <a href={href} {...(shell.current === name ? { "aria-current": "page" as const } : {})}>
            <Icon name={icon} />
            {word}
          </a>
        </li>
      ))}
    </ul>
    <div class="foot">
      <div class="b">{shell.workspace}</div>
      <div>{shell.user}</div>
      <form method="post" action="/logout">
        <button class="btn bare" type="submit">
          Log out
        </button>
      </form>
    </div>
  </nav>
);

/** A page of the console: navigation, the freeze button, and the page's own content. */
export const Shell = ({ shell, live, children }: { shell: ShellModel; live?: boolean; children?: Child }) => (
  <Document title={`${shell.title} · Consentry`} {...(live === true ? { live } : {})}>
    <div class="app">
      <Links shell={shell} label="Main" />
      <div>
        <header class="top">
          <details class="menu">
            <summary>
              <svg class="i" role="img" aria-label="Menu">
                <use href="#i-menu" />
              </svg>
              <span class="brand">
                <Icon name="gate" />
                Consentry
              </span>
            </summary>
            <Links shell={shell} label="Main menu" />
          </details>
          <div class="end">
            <form method="post" action={shell.isFrozen ? "/unfreeze" : "/freeze"}>
              <button class="btn stop" type="submit">
                <Icon name="freeze" />
                {shell.isFrozen ? "Unfreeze" : "Freeze all"}
              </button>
            </form>
          </div>
        </header>
        <main id="main">
          {shell.isFrozen ? (
            <div class="note is-blocked">
              <Icon name="freeze" />
              <p>
                <strong>All contact is frozen.</strong> No message leaves until somebody unfreezes it.
              </p>
            </div>
          ) : null}
          {children}
        </main>
      </div>
    </div>
  </Document>
);

/** The top of a page: its one heading, what it is about, and what can be done. */
export const Head = ({
  title,
  chip,
  meta,
  children,
}: {
  title: string;
  chip?: Child;
  meta?: readonly string[];
  children?: Child;
}) => (
  <div class="head">
    <div>
      <h1>
        {title} {chip}
      </h1>
      {meta === undefined ? null : (
        <div class="meta">
          {meta.map((line) => (
            <span>{line}</span>
          ))}
        </div>
      )}
    </div>
    <div class="acts">{children}</div>
  </div>
);

export const Panel = ({
  title,
  end,
  foot,
  children,
}: {
  title: string;
  end?: Child;
  foot?: Child;
  children?: Child;
}) => (
  <section class="panel">
    <header>
      <h2>{title}</h2>
      {end === undefined ? null : <div class="end small muted">{end}</div>}
    </header>
    <div class="in">{children}</div>
    {foot === undefined ? null : <footer>{foot}</footer>}
  </section>
);

export const number = (value: number): string => value.toLocaleString("en-US");
export const clock = (at: Date): string => at.toISOString().slice(11, 19);
export const day = (at: Date): string =>
  at.toLocaleDateString("en-GB", { day: "2-digit", month: "short", year: "numeric", timeZone: "UTC" });
