/** An env as code sees it that cannot know its type. */
export type AnyEnv = Readonly<Record<string, unknown>>
