import type { ServiceMailWords } from "../kinds.ts";

export const fr: ServiceMailWords = {
  "confirm-sign-up": (sender, day) => ({
    subject: `Confirmez votre inscription auprès de ${sender}`,
    before: `Quelqu’un, sans doute vous, a indiqué cette adresse à ${sender} et a donné son accord à ce qui suit :`,
    button: "Voir et confirmer",
    after: [
      `Rien ne vous sera envoyé tant que vous n’aurez pas confirmé. Le lien est valable jusqu’au ${day}.`,
      "Ce n’était pas vous ? Alors ne faites rien : sans votre confirmation, rien ne se passe.",
    ],
    why: "Vous recevez ce seul message parce que cette adresse a été saisie dans un formulaire d’inscription.",
  }),
  "verify-request": (sender, day) => ({
    subject: `Confirmez votre demande adressée à ${sender}`,
    before: `Quelqu’un, sans doute vous, a fait une demande au sujet des données que ${sender} détient sur vous :`,
    button: "Confirmer la demande",
    after: [
      `Rien ne se passe avant votre confirmation. Le lien est valable jusqu’au ${day}.`,
      "Ce n’était pas vous ? Alors ne faites rien.",
    ],
    why: "Vous recevez ce seul message parce que cette adresse a été indiquée dans une demande relative aux données personnelles.",
  }),
  "answer-ready": (sender, day) => ({
    subject: `${sender} a répondu à votre demande`,
    before: `La réponse de ${sender} à votre demande est prête :`,
    button: "Ouvrir la réponse",
    after: [`Le lien est réservé à votre usage et valable jusqu’au ${day}.`],
    why: "Vous recevez ce message parce que vous avez fait, puis confirmé, une demande relative à vos données personnelles.",
  }),
  "renew-consent": (sender, day) => ({
    subject: `Souhaitez-vous encore recevoir des nouvelles de ${sender} ?`,
    before: "Vous avez accepté ceci, et votre accord prend bientôt fin :",
    button: "Voir et renouveler",
    after: [
      `Ne faites rien, et il prend simplement fin ; la question ne vous sera plus posée. Le lien fonctionne jusqu’au ${day}.`,
      "Vous pouvez aussi tout arrêter dès maintenant, avec le lien de n’importe quel message.",
    ],
    why: "Vous recevez ce seul message parce que votre propre consentement prend bientôt fin.",
  }),
};
