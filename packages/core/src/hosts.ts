/** Where a host is. What is not said is left to ssh_config. */
export type HostAddress =
  | { readonly kind: 'local' }
  | { readonly kind: 'ssh'; readonly host: string; readonly port?: number; readonly user?: string }
