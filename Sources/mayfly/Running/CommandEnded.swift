/// The command that we ran has ended: we end in the same way.
struct CommandEnded: Error {
    let ending: ChildProcess.Ending
}
