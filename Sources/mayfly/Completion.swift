import ArgumentParser

extension CompletionKind {
    /// The names of the profiles that the user may ask for. Asks the daemon; says nothing where there is none.
    static var profiles: CompletionKind { .shellCommand("mayfly profiles --names 2>/dev/null") }

    /// The ids of the user's requests.
    static var requests: CompletionKind { .shellCommand("mayfly requests --mine --names 2>/dev/null") }

    /// The ids of the requests that wait for the user's decision.
    static var requestsToDecide: CompletionKind {
        .shellCommand("mayfly requests --to-approve --names 2>/dev/null")
    }

    /// The ids of the reviews that wait for a verdict.
    static var reviews: CompletionKind { .shellCommand("mayfly reviews --open --names 2>/dev/null") }

    /// The login roles that the user may ask about.
    static var roles: CompletionKind { .shellCommand("mayfly roles --names 2>/dev/null") }

    /// The ids of the open sessions that the user may see.
    static var sessions: CompletionKind { .shellCommand("mayfly sessions --live --names 2>/dev/null") }

    /// The ids of the user's live leases.
    static var leases: CompletionKind { .shellCommand("mayfly leases --mine --names 2>/dev/null") }
}
