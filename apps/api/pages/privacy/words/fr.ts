import type { PrivacyWords } from "../words.ts";

export const fr: PrivacyWords = {
  title: (sender) => `Vos données chez ${sender}`,
  intro: (sender) =>
    `Cette page dit en mots simples ce que ${sender} garde sur les personnes à qui elle écrit ou qu'elle appelle, pourquoi, et ce que vous pouvez faire. Aucun compte n'est nécessaire.`,
  whatTitle: "Ce qui est gardé",
  what: [
    "Vos adresses e-mail et numéros de téléphone, et votre nom si vous ou quelqu'un d'autre l'a donné.",
    "Ce que vous avez accepté et refusé : quand, comment, et les mots exacts qui vous ont été montrés.",
    "Quels messages et appels étaient prévus pour vous, lesquels vous sont parvenus, lesquels ont été retenus et pourquoi.",
    "Des faits que la loi rend décisifs, comme votre pays, et des détails notés pour choisir les sujets.",
  ],
  whyTitle: "Pourquoi",
  consentOnly: "On ne vous contacte que si vous l'avez accepté. Vous pouvez revenir dessus à tout moment.",
  byLaw:
    "On vous contacte si vous l'avez accepté, ou là où la loi de votre pays le permet sans accord. Vous pouvez vous y opposer à tout moment.",
  sourcesTitle: "D'où cela vient",
  fromYou: "De vous : un formulaire, un appel, un achat.",
  fromOthers: (names) => `D'autres : ${names}. Personne n'est contacté avant vérification.`,
  longTitle: "Combien de temps",
  keptDays: {
    "import-files": (days) => `Listes déposées : ${days} jours après leur lecture.`,
    "privacy-request-texts": (days) => `Ce que vous nous écrivez ici : ${days} jours après la réponse.`,
    "inactive-contacts": (days) => `Vos données, sans accord ni contact : ${days} jours.`,
    "contact-history": (days) => `Quels messages vous ont été envoyés : ${days} jours.`,
  },
  keptProof:
    "La preuve de ce que vous avez accepté ou refusé reste aussi longtemps qu'un tribunal peut la demander. Après un effacement, elle ne vous nomme plus.",
  safeTitle: "Comment c'est protégé",
  safe: [
    "Votre nom et vos adresses sont chiffrés avec une clé qui n'est qu'à vous. Détruire la clé vous efface.",
    "Rien qui vous nomme ne figure dans les adresses de pages, les journaux ou la file des messages.",
    "Tout ce que le personnel fait de vos données est noté.",
  ],
  rightsTitle: "Vos droits",
  clock:
    "Vous recevez une réponse dans le délai de votre loi : un mois dans l'UE et au Royaume-Uni, 45 jours aux États-Unis, 30 jours au Canada, 15 jours au Brésil.",
  complain: "Vous pouvez aussi saisir l'autorité de protection des données de votre lieu de résidence.",
  kinds: {
    objection: {
      title: "Plus aucune publicité",
      text: "Vous vous opposez. C'est immédiat, pour les messages et les appels, sans motif.",
      before: "",
      button: "",
    },
    withdrawal: {
      title: "Retirer mon accord",
      text: "Votre accord prend fin tout de suite. Ce qui a été envoyé avant reste licite.",
      before: "",
      button: "",
    },
    access: {
      title: "Me montrer tout ce que vous avez sur moi",
      text: "Vous le recevez à lire et en fichier lisible par d'autres programmes.",
      before: "Le bouton montre tout ce qui est gardé sur vous. Ouvrez-le à l'abri des regards.",
      button: "Voir mes données",
    },
    rectification: {
      title: "Corriger mes données",
      text: "Vous changez votre nom vous-même et dites ce qui est faux par ailleurs.",
      before: "Remplissez ce qui doit changer et laissez le reste vide.",
      button: "Corriger mes données",
    },
    erasure: {
      title: "M'effacer",
      text: "Vos données sont détruites. Une marque codée reste, pour que personne ne vous remette sur une liste.",
      before:
        "Le bouton détruit votre nom, vos adresses, vos numéros et tout ce qui s'y rattache. C'est définitif. Une marque codée de vos adresses reste, pour qu'aucune liste ne vous ramène ; vous seul le pouvez, en vous inscrivant à nouveau.",
      button: "M'effacer définitivement",
    },
    restriction: {
      title: "Garder mes données sans les utiliser",
      text: "Rien ne vous est envoyé, et vos données sont seulement conservées.",
      before:
        "Le bouton arrête tout usage de vos données. Elles restent conservées jusqu'à ce que vous en décidiez autrement.",
      button: "Ne plus utiliser mes données",
    },
  },
  formTitle: "Exercer vos droits",
  formWish: "Que voulez-vous ?",
  formValue: "Votre adresse e-mail ou, pour tout arrêter, votre numéro de téléphone",
  formValueHint: "Avec l'indicatif du pays, comme +33…",
  formDetails: "Ce que nous devrions savoir (facultatif)",
  formAgent: "J'agis pour quelqu'un d'autre",
  formAgentHint: "Votre nom et votre mandat. Le lien va quand même à l'adresse de la personne elle-même.",
  formSend: "Envoyer",
  formLeaveEmpty: "Laissez vide",
  stoppedTitle: "C'est arrêté",
  stopped:
    "À partir de maintenant, plus rien n'est envoyé à cette adresse ou ce numéro, ni aux autres que nous vous connaissons. Ce qui était déjà en route peut encore arriver.",
  mailedTitle: "Regardez votre boîte aux lettres",
  mailed:
    "Si nous connaissons cette adresse, un message avec un lien est en route. Rien ne se passe avant que vous y pressiez le bouton. Au plus un tel message est envoyé par jour.",
  problemTitle: "Cela n'a pas marché",
  addressInvalid: "Ce n'est ni une adresse e-mail ni un numéro de téléphone.",
  needsEmail:
    "Il nous faut votre adresse e-mail : la preuve est un lien envoyé là. Pour arrêter les appels, le numéro suffit.",
  tooMany: "Trop de demandes sont venues d'ici. Réessayez dans une heure.",
  back: "Retour",
  fullName: "Votre nom complet",
  givenName: "Votre prénom",
  other: "Qu'est-ce qui est faux par ailleurs ? Quelqu'un va regarder.",
  reportTitle: "Tout ce qui est gardé sur vous",
  reportDownload: "Télécharger en fichier (JSON)",
  erased: "Vous êtes effacé. Il ne reste rien qui vous nomme.",
  restricted: "Vos données sont désormais seulement conservées. Rien ne vous est envoyé.",
  corrected: "C'est corrigé.",
  waits: "Quelqu'un va regarder ce que vous avez écrit. Vous recevrez un message avec la réponse.",
  answerTitle: "La réponse",
  done: "Cette demande a été exécutée. Il n'y a plus rien à faire ici.",
  invalidTitle: "Ce lien ne marche pas",
  invalid:
    "Il est peut-être trop ancien ou a été coupé en route. Rien n'a changé. Vous pouvez refaire la demande.",
  optOutRecorded:
    "Votre navigateur demande de ne pas vendre ni partager vos données (Global Privacy Control). C'est noté pour vous.",
  yes: "Oui",
  no: "Non",
};
