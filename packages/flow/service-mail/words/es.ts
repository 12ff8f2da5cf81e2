import type { ServiceMailWords } from "../kinds.ts";

export const es: ServiceMailWords = {
  "confirm-sign-up": (sender, day) => ({
    subject: `Confirme su suscripción con ${sender}`,
    before: `Alguien, probablemente usted, ha indicado esta dirección a ${sender} y ha aceptado lo siguiente:`,
    button: "Ver y confirmar",
    after: [
      `No se le enviará nada hasta que lo confirme. El enlace funciona hasta el ${day}.`,
      "¿No ha sido usted? Entonces no haga nada: sin su confirmación no ocurre nada.",
    ],
    why: "Recibe este único mensaje porque esta dirección se escribió en un formulario de suscripción.",
  }),
  "verify-request": (sender, day) => ({
    subject: `Confirme su solicitud a ${sender}`,
    before: `Alguien, probablemente usted, ha hecho una solicitud sobre los datos que ${sender} tiene de usted:`,
    button: "Confirmar la solicitud",
    after: [
      `No ocurre nada antes de que lo confirme. El enlace funciona hasta el ${day}.`,
      "¿No ha sido usted? Entonces no haga nada.",
    ],
    why: "Recibe este único mensaje porque esta dirección se indicó en una solicitud de privacidad.",
  }),
  "answer-ready": (sender, day) => ({
    subject: `${sender} ha respondido a su solicitud`,
    before: `La respuesta de ${sender} a su solicitud está lista:`,
    button: "Abrir la respuesta",
    after: [`El enlace es solo para usted y funciona hasta el ${day}.`],
    why: "Recibe este mensaje porque hizo una solicitud de privacidad y la confirmó.",
  }),
  "renew-consent": (sender, day) => ({
    subject: `¿Quiere seguir recibiendo noticias de ${sender}?`,
    before: "Usted aceptó esto, y su consentimiento termina pronto:",
    button: "Verlo y renovarlo",
    after: [
      `Si no hace nada, simplemente termina; no se le volverá a preguntar. El enlace funciona hasta el ${day}.`,
      "También puede detenerlo de inmediato, con el enlace de cualquier mensaje.",
    ],
    why: "Recibe este único mensaje porque su propio consentimiento termina pronto.",
  }),
};
