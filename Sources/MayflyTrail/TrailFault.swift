/// Why an audit log is not whole: the first thing that is wrong.
package struct TrailFault: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Place: Hashable, Sendable {
        case record(Int64)
        case checkpoint(Int64)
        /// A line that is no record.
        case line(Int)
        case keys
    }

    package let place: Place
    /// Words for people.
    package let what: String

    package init(_ place: Place, _ what: String) {
        self.place = place
        self.what = what
    }

    package var description: String {
        switch place {
        case .record(let number): "record \(number): \(what)"
        case .checkpoint(let number): "checkpoint \(number): \(what)"
        case .line(let number): "line \(number): \(what)"
        case .keys: what
        }
    }
}
