declare global {
  namespace App {
    interface Error {
      message: string
      title?: string
      /** What the API answered, where it was the API that refused. */
      status?: number
    }
    interface PageState {
      /** The ticket's code fills the screen. */
      showsCode?: boolean
      /** The reader has just accepted the ticket. */
      accepted?: boolean
      /** The seat map fills the screen. */
      showsSeatMap?: boolean
    }
  }
}

export {}
