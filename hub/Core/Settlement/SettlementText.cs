using System.Globalization;
using System.Text;
using Monitoring.Core.Contracts;

namespace Monitoring.Core.Settlement;

/// <summary>Writes a settlement as a table that a person can read and add up.</summary>
public static class SettlementText
{
    private const string InstantFormat = "yyyy-MM-dd HH:mm zzz";

    public static string Render(Contract contract, Period period, PeriodSettlement settlement)
    {
        var text = new StringBuilder();
        var zone = contract.Bubble.Period.Zone;
        string At(DateTimeOffset instant) => TimeZoneInfo.ConvertTime(instant, zone)
            .ToString(InstantFormat, CultureInfo.InvariantCulture);
        Line(text, $"{period.Id}: {At(period.Start)} to {At(period.End)}");
        Line(
            text, $"emitted {Kg(settlement.Bubble.EmittedGrams)} of "
                + $"{Kg(settlement.Bubble.CapGrams)}, over by "
                + $"{Kg(settlement.Bubble.ExcessGrams)}");
        string[][] rows =
        [
            ["member", "emitted", "holding", "own excess", "answers for", "in kind", "charge"],
            .. settlement.Members.Select(member => (string[])
            [
                member.Member, Kg(member.EmittedGrams), Kg(member.HoldingGrams),
                Kg(member.OwnExcessGrams), Kg(member.AnswersForGrams), Kg(member.MakeGoodGrams),
                contract.Currency.Show(ChargeOf(settlement, member.Member)),
            ]),
            ["sum", "", "", "", "", "", contract.Currency.Show(settlement.TotalMinorUnits)],
        ];
        foreach (var row in rows)
        {
            Line(text, string.Join("  ", row.Select((cell, i) => i == 0
                ? cell.PadRight(Width(rows, i))
                : cell.PadLeft(Width(rows, i)))).TrimEnd());
        }

        foreach (var gate in settlement.Gates.Where(gate => gate.IsBroken))
        {
            Line(
                text, $"gate broken by {gate.Subject} until {At(gate.End)}: {Kg(gate.Grams)} of "
                    + Kg(gate.LimitGrams));
        }

        foreach (var refund in settlement.Refunds)
        {
            Line(text, $"refund to {refund.Member}: {contract.Currency.Show(refund.MinorUnits)}");
        }

        return text.ToString();
    }

    private static int Width(string[][] rows, int column) => rows.Max(row => row[column].Length);

    private static long ChargeOf(PeriodSettlement settlement, string member) =>
        settlement.Charges.FirstOrDefault(charge => charge.Member == member)?.MinorUnits ?? 0;

    private static string Kg(long grams) =>
        (grams / 1_000m).ToString("0.000", CultureInfo.InvariantCulture) + " kg";

    private static void Line(StringBuilder text, string line) => text.Append(line).Append('\n');
}
