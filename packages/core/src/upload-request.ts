/** How the contents of a folder are sent. */
export interface UploadOptions {
  /** Only what one of these patterns meets (those of a .gitignore), and all that lies in a folder that one meets; everything by default. */
  readonly include?: readonly string[] | undefined
  /** Not what one of these patterns meets, nor what lies in it. */
  readonly exclude?: readonly string[] | undefined
  /**
   * What the host does with files that it has from the upload before: `copy` (the default; a reflink where the filesystem has them), `link`,
   * a hard link, for which files are made read-only, since one that is written in place would change the release before as well; `send`: has
   * them sent again.
   */
  readonly unchanged?: 'copy' | 'link' | 'send' | undefined
  /** `tar`, the default, needs no more than tar on the host; `rsync` needs rsync on both ends, and goes over the same connection. */
  readonly by?: 'tar' | 'rsync' | undefined
}

/** An upload as a plan has it: JSON. */
export interface UploadRequest extends UploadOptions {
  /** A folder of this machine, relative to the config's. */
  readonly from: string
  /** A folder of the host. */
  readonly to: string
  /** The host's state directory, where what was uploaded is remembered; `~/` at its head is the user's home. */
  readonly state: string
}
