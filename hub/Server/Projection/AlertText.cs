using Monitoring.Core.Alerts;
using Monitoring.Core.Averaging;
using Monitoring.Core.Contracts;
using Monitoring.Server.Notify;
using Monitoring.Server.Storage;

namespace Monitoring.Server.Projection;

/// <summary>The sentence of a stored alert: the same as its notice says.</summary>
public static class AlertText
{
    /// <summary>Null for an alert of a contract or kind that this release does not know.</summary>
    public static string? Of(
        AlertRow row, Contract contract, ClusterMap cluster, TimeZoneInfo zone) =>
        TransitionOf(row, contract) is { } transition
            ? AlertNotice.Document(transition, contract, cluster, zone).Text
            : null;

    private static AlertTransition? TransitionOf(AlertRow row, Contract contract) =>
        row.Contract == contract.Id
        && Enum.TryParse<AlertLevel>(row.Level, true, out var level)
        && Enum.TryParse<AlertChange>(row.Change, true, out var change)
        && Enum.TryParse<AlertReason>(row.Reason.Replace("-", ""), true, out var reason)
            ? new AlertTransition
            {
                Id = row.Id,
                Key = new AlertKey(row.Contract, row.Period, row.Subject, level),
                Change = change,
                Reason = reason,
                ValueMilligrams = row.ValueMg,
                LimitMilligrams = row.LimitMg,
                ThresholdPercent = (int)row.ThresholdPercent,
                IsProvisional = row.Provisional,
                At = DateTimeOffset.FromUnixTimeMilliseconds(row.AtMs),
            }
            : null;
}
