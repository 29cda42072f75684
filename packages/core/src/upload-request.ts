/** How the contents of a folder are sent. */
export interface UploadOptions {
  /** Sends only what matches one of these patterns (as in a .gitignore), and everything in folders that match. Everything by default. */
  readonly include?: readonly string[] | undefined
  /** Leaves out what matches one of these patterns, and everything in it. */
  readonly exclude?: readonly string[] | undefined
  /**
   * What the host does with files that it has from the last upload. `copy`, the default, uses reflinks if the file system has them. `link` makes
   * hard links, and makes the files read-only, because writing one in place would change the last release too. `send` sends them again.
   */
  readonly unchanged?: 'copy' | 'link' | 'send' | undefined
  /** `tar`, the default, needs only tar on the host. `rsync` needs rsync on both ends and uses the same connection. */
  readonly by?: 'tar' | 'rsync' | undefined
}

/** An upload in a plan: JSON. */
export interface UploadRequest extends UploadOptions {
  /** A folder on this machine, relative to the config's folder. */
  readonly from: string
  /** A folder on the host. */
  readonly to: string
  /** The host's state directory, which records what was uploaded. A leading `~/` is the user's home directory. */
  readonly state: string
}
