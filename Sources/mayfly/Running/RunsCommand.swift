import ArgumentParser

/// A command of ours that runs one of the user's. Signals are held back for it before anything else happens.
protocol RunsCommand: ParsableCommand {
    func run(_ gate: SignalGate) async throws
}

extension RunsCommand {
    /// Not reached: `Entry` calls the other one.
    func run() throws { throw CleanExit.helpRequest(self) }
}
