/** What the marks in the notes of the calling-hours table stand for: where each row's hours were read. */
const SOURCES: Readonly<Record<string, string>> = {
  S1: "https://github.com/RobStrayer/voice-agent-skills",
  S6: "https://www.dropcowboy.com/state-compliance",
  S7: "https://blog.clickpointsoftware.com/telemarketing-calling-hours-by-state",
  S8: "https://glama.ai/mcp/connectors/com.modernmustardseed/call-desk/tools/can_i_call_now",
  S9: "https://www.dnc.com/blog/no-more-holidays-mississippi-marketers-magnolia-state-lifts-prohibition-telemarketing-legal",
  S10: "https://getpocketlaw.com/law/state_mississippi/section-77-3-723-rules-for-authorized-calls_57b73fa7ff73",
  S11: "http://legis.state.sd.us/statutes/DisplayStatute.aspx?Type=Statute&Statute=37-30-28",
  S11b: "https://agentblog.nationallife.com/?p=4218",
  S12: "http://webserver.rilin.state.ri.us/Statutes/TITLE5/5-61/5-61-3.6.HTM",
  S13: "https://www.cloudcommunications.com/news/texas-senate-bill-140",
  S15: "https://grokipedia.com/page/Virginia_Telephone_Privacy_Protection_Act",
  S17: "https://www.pasenategop.com/news/brooks-bill-to-strengthen-protections-against-telemarketers-passes-senate",
  S18: "https://www.dnc.com/news/update-pennsylvania-governor-signs-new-robocall-restrictions-law",
  S18c: "https://dnc.dreamhosters.com/2019-january-restricted-call-dates",
  S51: "https://www.lexbase.fr/index/source/88904522-decret-n-20221313-du-13-octobre-2022-relatif-a-lencadrement-des-jours-horaires-et-frequence-des-appe",
  S62: "https://www.pmi.it/impresa/pubblicita-e-marketing/453002/telemarketing-le-nuove-regole-e-le-fasce-orarie-permesse.html",
  S70: "https://www.genbeta.com/actualidad/llamadas-comerciales-ilegales-a-partir-hora-asi-puedes-actuar-recibes",
  S80: "https://deltaadvisory.nl/telemarketing-uw-klant-niet-meer-ongevraagd-bellen",
  S97: "https://www.callcentrehelper.com/regulations-on-outbound-calling-times-207054.htm",
  S110: "https://www.northerntel.ca/eng/inside_ntl/donotcalllist/donotcalllist.htm",
  S120: "https://www.donotcall.gov.au/consumers/consumer-overview/industry-standards/",
  S141: "https://radiominuano.com.br/?p=32681",
  S148: "https://pdpc.gov.sg/complaints-and-reviews/before-you-lodge-a-complaint-with-us-3/unsolicited-marketing-calls",
};

/** A row's note for readers: its doubts in words, and the pages its hours were read from. */
export interface HoursNote {
  readonly words: string;
  readonly sources: readonly { readonly mark: string; readonly url: string | null; readonly host: string }[];
}

/** Takes apart a note such as `M [S6] (older table: 21)`; its confidence stands in a field of its own. */
export function readNote(note: string): HoursNote {
  const marks = [...note.matchAll(/\[(S\d+[a-z]?)\]/g)].map(([, mark = ""]) => mark);
  const words = note
    .replace(/^\*{0,2}[HML]\b\*{0,2}:?\s*/, "")
    .replaceAll(/\s*\[S\d+[a-z]?\]/g, "")
    .replaceAll(/\s*\[OK\]/g, " (general knowledge, to be verified)")
    .replaceAll("*", "")
    .replace(/^[\s:;,]+/, "")
    .trim()
    .replace(/^\(([^()]*)\)$/, "$1");
  return {
    words,
    sources: marks.map((mark) => {
      const url = SOURCES[mark] ?? null;
      return { mark, url, host: url === null ? mark : new URL(url).host.replace(/^www\./, "") };
    }),
  };
}
