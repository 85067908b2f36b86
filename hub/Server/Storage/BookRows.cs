namespace Monitoring.Server.Storage;

/// <summary>One average of one window, with the window it is of.</summary>
public sealed record AverageRow
{
    public required long Id { get; init; }

    public required string Source { get; init; }

    public required string Quantity { get; init; }

    public required string Unit { get; init; }

    /// <summary>A decimal number as text; null where there is none.</summary>
    public required string? Value { get; init; }

    public required string? AbsentBecause { get; init; }

    public required string? CoveragePercent { get; init; }

    /// <summary>By what rule it was found where it was not measured; else null.</summary>
    public string? Method { get; init; }

    public required long StartMs { get; init; }

    public required long EndMs { get; init; }

    public required long Revision { get; init; }
}

/// <summary>One mass fact.</summary>
public sealed record FactRow
{
    public required long Seq { get; init; }

    public required string Id { get; init; }

    public required string Source { get; init; }

    public required string Member { get; init; }

    public required string Zone { get; init; }

    public required string Pollutant { get; init; }

    public required long StartMs { get; init; }

    public required long EndMs { get; init; }

    public required long Milligrams { get; init; }

    public required string Method { get; init; }

    public required string Quality { get; init; }

    public required long Revision { get; init; }

    public required long KnownMs { get; init; }

    public required string Inputs { get; init; }
}

/// <summary>The running balance of a member or of the bubble at one instant.</summary>
public sealed record QuotaRow
{
    public required long Id { get; init; }

    public required string Bubble { get; init; }

    public required string Pollutant { get; init; }

    public required string Period { get; init; }

    public required string Subject { get; init; }

    public required long AtMs { get; init; }

    public required long UsedMg { get; init; }

    public required long HoldingMg { get; init; }

    public required long? ForecastMg { get; init; }
}

/// <summary>One change of one alert.</summary>
public sealed record AlertRow
{
    public required long Seq { get; init; }

    public required string Id { get; init; }

    public required string Contract { get; init; }

    public required string Subject { get; init; }

    public required string Level { get; init; }

    public required string Change { get; init; }

    public required string Reason { get; init; }

    public required string Period { get; init; }

    public required long? ValueMg { get; init; }

    public required long LimitMg { get; init; }

    public required long ThresholdPercent { get; init; }

    public required bool Provisional { get; init; }

    public required long AtMs { get; init; }
}

/// <summary>An alert that is raised now.</summary>
public sealed record StandingAlertRow
{
    public required string Subject { get; init; }

    public required string Level { get; init; }

    public required string Period { get; init; }
}

/// <summary>What one entry did to one account: several postings of it are one sum.</summary>
public sealed record AccountMoveRow
{
    public required long Entry { get; init; }

    public required string Period { get; init; }

    public required long BookedMs { get; init; }

    public required string Account { get; init; }

    public required string Asset { get; init; }

    /// <summary>The sum of all that was booked on it at the same instant.</summary>
    public required long Amount { get; init; }

    public required long Balance { get; init; }
}

/// <summary>The sums of one account. A debit is above 0.</summary>
public sealed record AccountRow
{
    public required string Account { get; init; }

    public required string Asset { get; init; }

    public required long Debits { get; init; }

    public required long Credits { get; init; }
}

/// <summary>One entry of the ledger, without its postings.</summary>
public sealed record EntryRow
{
    public required long Seq { get; init; }

    public required string Id { get; init; }

    public required string Kind { get; init; }

    public required string Period { get; init; }

    public required long BookedMs { get; init; }
}

/// <summary>One posting of an entry. A debit is above 0.</summary>
public sealed record PostingRow
{
    public required long Entry { get; init; }

    public required string Account { get; init; }

    public required string Asset { get; init; }

    public required long Amount { get; init; }

    public required string Charge { get; init; }
}

/// <summary>What one period came to.</summary>
public sealed record SettlementRow
{
    public required long Seq { get; init; }

    public required string Id { get; init; }

    public required string Contract { get; init; }

    public required string ContractHash { get; init; }

    public required string Period { get; init; }

    public required long StartMs { get; init; }

    public required long EndMs { get; init; }

    public required long SettledMs { get; init; }

    public required long EmittedG { get; init; }

    public required long CapG { get; init; }

    public required long ExcessG { get; init; }

    public required long TotalMinor { get; init; }

    /// <summary>Windows of all sources that have a mass.</summary>
    public required long WindowsKnown { get; init; }

    public required long WindowsExpected { get; init; }

    /// <summary>The whole verdict, a JSON document.</summary>
    public required string Verdict { get; init; }
}

/// <summary>What one member owes for one period.</summary>
public sealed record ChargeRow
{
    public required string Id { get; init; }

    public required string Settlement { get; init; }

    public required string Member { get; init; }

    public required long ApportionedG { get; init; }

    public required long MinorUnits { get; init; }
}

/// <summary>How many images of a device a rule kept from the facts; an empty rule, none.</summary>
public sealed record FateRow
{
    public required string Device { get; init; }

    public required string Rule { get; init; }

    public required long Images { get; init; }

    public required long Readings { get; init; }
}

/// <summary>A window without a fact, and why.</summary>
public sealed record EmptyWindowRow
{
    public required string Source { get; init; }

    public required long StartMs { get; init; }

    public required long EndMs { get; init; }

    public required string Because { get; init; }
}

/// <summary>A notice on its way.</summary>
public sealed record NoticeRow
{
    public required long Seq { get; init; }

    public required string Id { get; init; }

    public required string Channel { get; init; }

    public required string Body { get; init; }

    public required long CreatedMs { get; init; }

    public required long Attempts { get; init; }

    public required long DueMs { get; init; }

    public required string State { get; init; }

    public required string? LastError { get; init; }
}
