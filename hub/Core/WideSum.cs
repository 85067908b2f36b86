namespace Monitoring.Core;

/// <summary>Sums that a 64-bit number could not hold.</summary>
internal static class WideSum
{
    public static Int128 SumWide<T>(this IEnumerable<T> items, Func<T, Int128> amount) =>
        items.Aggregate((Int128)0, (sum, item) => sum + amount(item));
}
