import { Document } from "../components/layout.tsx";

export const LoginPage = ({ problem }: { problem: string | null }) => (
  <Document title="Log in · Consentry" pub>
    <header>
      <span class="who">Consentry</span>
    </header>
    <main id="main">
      <h1>Log in</h1>
      {problem === null ? null : <p role="alert">{problem}</p>}
      <form method="post" action="/login" class="stack">
        <p>
          <label for="email">Email</label>
          <br />
          <input class="input" id="email" name="email" type="email" autocomplete="username" required />
        </p>
        <p>
          <label for="password">Password</label>
          <br />
          <input
            class="input"
            id="password"
            name="password"
            type="password"
            autocomplete="current-password"
            required
          />
        </p>
        <button class="btn go" type="submit">
          Log in
        </button>
      </form>
    </main>
  </Document>
);
