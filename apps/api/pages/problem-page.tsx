import { Document } from "./components/layout.tsx";

/** What a person sees instead of a page: what happened, what did not, and where to go on. */
export const ProblemPage = ({
  title,
  detail,
  isPublic,
}: {
  title: string;
  detail: string;
  isPublic: boolean;
}) => (
  <Document title={title} pub>
    <main id="main">
      <h1 role="alert">{title}</h1>
      <p>{detail}</p>
      {isPublic ? null : (
        <p>
          <a href="/">Go to the home page</a>
        </p>
      )}
    </main>
  </Document>
);
