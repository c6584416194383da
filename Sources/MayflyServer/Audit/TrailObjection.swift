/// Why no checkpoint is made: the log, or the checkpoints, are not as they were signed.
struct TrailObjection: Error, Hashable, CustomStringConvertible {
    /// Words for people.
    let what: String

    init(_ what: String) { self.what = what }

    var description: String { what }
}
