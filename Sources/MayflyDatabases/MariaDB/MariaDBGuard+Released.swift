extension MariaDBGuard.Module {
    /// The digests of a routine's body in versions before this one, as they were released, where it was another.
    func released(_ routine: String) -> [String] {
        switch self {
        case .mariadb: Self.releasedForMariaDB[routine] ?? []
        case .mysql: Self.releasedForMySQL[routine] ?? []
        }
    }

    /// Versions 1 and 2.
    private static let releasedForMariaDB: [String: [String]] = [
        "mayfly.apply": ["7f03f17f121ed3b536d9a405f3669788739d9be9f998fcb49d3dd6aa6ab6ff2d"],
        "mayfly.begin_call": ["40ffd83d2796800db317d632ba5a1a72ab781e357591ef71aa6351236a2a3b48"],
        "mayfly.check_groups": ["952ede3aa710336b5925099ac9d0d1d9cd2b9d72a8726e62d891bbd3ac87a04b"],
        "mayfly.describe": ["1e6c05daa4b13606e60fb6b4a0b26d42f09858b881c81322ded7b7d87b9db32c"],
        "mayfly.do_drop": ["c254776f8e1a45cdc8099a74f3361d29226e7bd5fe248fba7910f3ae5d114dd5"],
        "mayfly.do_terminate": ["a7c1e20e51171d899404a87ed174861e8efdae976468bd1713c202aa30f0b303"],
        "mayfly.end_overdue": ["a4df9a1cc684ef61bbe4b4cff77e42d2efa6cc9d7e945c5377629ce8a36aa500"],
        "mayfly.look_for_hanging": ["4d62bbdf771afa103f632167303752348a1ea3c078194fc794e82fa8b440d2fe"],
        "mayfly.privileges": ["34a7f0ce65c82eeddfc22694558e67ab8280738d6ebc6d3063250f1baab9d1cb"],
        "mayfly.register": ["214b0ac4b00fb799a65a4ed0b8b41e637c5c193890a2a2a5c4a008c83c204ed8"],
        "mayfly.replace_verifier": ["0d1685d864d43b3f74303a64918336cebe045c4880240f59e8430768404c26d1"],
        "mayfly.sessions": ["50ebacaf6c396481cc08b3c3f18cba86df4b9abf044c9328ace4b3c57829c868"],
        "mayfly.terminate": ["bd4ba211cc957cce34ca3a1435a0388b188ab4c34d1f8be807216ebae8ec825e"],
    ]

    /// Version 1.
    private static let releasedForMySQL: [String: [String]] = [
        "mayfly.apply": ["a569d9e8e8289e62f6b315871b5e95833488cd3d1ecc1e7e949b7288d3a9ad55"],
        "mayfly.begin_call": ["925128d7c20008aca30d2990ced05985925017ee9905dea67783cfaee8dc75e3"],
        "mayfly.check_groups": ["6a92ab299c19e1044828e6566985fa0a939ef3a1781ca8b2d5b39ab54174b85f"],
        "mayfly.describe": ["991af6ed15a857862f8e66df2b81f307bf58aaec16cbe85f9f402d1f6c5c5f36"],
        "mayfly.do_drop": ["11ddbd5f1dcdfb559e32a377392a28279bc1324efbb079be786d5057abc8521c"],
        "mayfly.do_terminate": ["4bff1adf0ecb661cde85f5e8ff5f32faabf4b34b6476e1ad5d3d859310c54988"],
        "mayfly.end_overdue": ["f4239d9f5d556c3bbcaa0577eceb30ffcbc050f8ba46d054c71d5293a1e49360"],
        "mayfly.look_for_hanging": ["d7879c11e7b721e1940015ce52322f3300d04a368479ca5c1ffd2841dc503862"],
        "mayfly.register": ["48407e0d2c9fff3d38c4804275d14a3db8d021f4c609d26f1181fd0f7fd8b319"],
        "mayfly.replace_verifier": ["55487733d5cc0694a251462d821e6e45e59f27cd2dd8c249d296d09900cea11a"],
        "mayfly.sessions": ["50ebacaf6c396481cc08b3c3f18cba86df4b9abf044c9328ace4b3c57829c868"],
        "mayfly.terminate": ["bd4ba211cc957cce34ca3a1435a0388b188ab4c34d1f8be807216ebae8ec825e"],
    ]
}
