/// One metric with its samples, as Prometheus understands it.
package struct Metric: Sendable, Equatable {
    package enum Kind: String, Sendable {
        case counter, gauge
    }

    package struct Sample: Sendable, Equatable {
        package var labels: [String: String]
        package var value: Double

        package init(_ value: Double, labels: [String: String] = [:]) {
            self.labels = labels
            self.value = value
        }
    }

    /// Such as `mayfly_leases`: `[a-z_][a-z0-9_]*`; a counter's ends in `_total`.
    package var name: String
    package var kind: Kind
    package var help: String
    package var samples: [Sample]

    package init(_ name: String, _ kind: Kind, help: String, samples: [Sample]) {
        self.name = name
        self.kind = kind
        self.help = help
        self.samples = samples
    }
}
