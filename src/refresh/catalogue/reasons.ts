// Why a column may be copied as it is; a group of columns shares one reason.

/** Reason of a kept group. */
export const CHOICE = "a choice of the program, not an identity";
/** Reason of a kept group. */
export const STYLE = "colours, icons and layout";
/** Reason of a kept group. */
export const LABEL = "name, label or code that the company or a module chose for a thing, not for a person";
/** Reason of a kept group. */
export const CODES = "codes of the chart of accounts";
/** Reason of a kept group. */
export const DEFINITION = "definition of properties: without it their values have no meaning; values are masked";
/** Reason of a kept group. */
export const PATH = "tree path made of ids";
/** Reason of a kept group. */
export const IDS = "ids, numbers, flags and technical keys only";
/** Reason of a kept group. */
export const MODEL = "names of models, fields, modules or files of the program";
/** Reason of a kept group. */
export const OWN_DOMAIN = "the company's own mail domain and role addresses; the refresh gives staging others";
/** Reason of a kept group. */
export const OWN_COMPANY = "name of the own company, which is public; its partner keeps it as well";
/** Reason of a kept group. */
export const TEMPLATE =
  "template code that Odoo renders; addresses in it are masked where they are columns of their own";
/** Reason of a kept group. */
export const CODE = "code, domain or expression that Odoo evaluates";
/** Reason of a kept group. */
export const NUMBER = "document number drawn from a sequence; the next number is computed from it";
/** Reason of a kept group. */
export const LEGAL = "wording of the law or of the terms of payment, printed on documents";
/** Reason of a kept group. */
export const PUBLIC = "structure of the website, which is public";
/** Reason of a kept group. */
export const OFFICIAL = "official code list of a country or authority";
/** Reason of a kept group. */
export const TECHNICAL = "part of the program: written by modules and by developers, parsed when it is loaded";
