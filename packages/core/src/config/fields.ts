// Written next: text flag whole list table secretText.
export type Fields = Readonly<Record<string, unknown>>
