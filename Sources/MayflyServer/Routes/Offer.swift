package import MayflyCore

/// A profile that the caller may ask for, with the limits that count for them.
package struct Offer: Sendable {
    package var grant: Grant
    package var engine: EngineKind
    /// The caller's own live leases of the profile.
    package var active: Int

    package init(grant: Grant, engine: EngineKind, active: Int) {
        self.grant = grant
        self.engine = engine
        self.active = active
    }
}
