import Foundation

/// Collects the parameters that are set.
struct QueryWriter {
    private(set) var items: [QueryItem] = []

    mutating func add(_ name: String, _ value: String?) {
        if let value { items.append(QueryItem(name, value)) }
    }

    mutating func add(_ name: String, _ value: Bool?) { add(name, value.map(String.init)) }
    mutating func add(_ name: String, _ value: Int?) { add(name, value.map { String($0) }) }
    mutating func add(_ name: String, _ value: Int64?) { add(name, value.map { String($0) }) }
    mutating func add(_ name: String, _ value: Date?) { add(name, value.map(MayflyJSON.string(from:))) }

    mutating func add(_ name: String, _ value: [some OpenCode]?) {
        add(name, value.map { $0.map(\.rawValue).joined(separator: ",") })
    }
}
