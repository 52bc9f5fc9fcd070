import { BarChart, LineChart } from 'echarts/charts'
import { GridComponent, LegendComponent, TooltipComponent } from 'echarts/components'
import { init, use as register, type EChartsType } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import { useEffect, useRef } from 'react'
import type { ChartProps } from './chart-props'

register([BarChart, LineChart, GridComponent, LegendComponent, TooltipComponent, SVGRenderer])

const variable = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim()

/** Resolves `light-dark()` of the theme to the colour that is on show now. */
const colour = (name: string): string => {
  const probe = document.createElement('span')
  probe.style.color = variable(name)
  document.body.append(probe)
  const resolved = getComputedStyle(probe).color
  probe.remove()
  return resolved
}

const optionOf = ({ series, kind, xName, yName, categories }: ChartProps) => {
  const [text, line] = [colour('--muted'), colour('--line')]
  const axis = { nameTextStyle: { color: text }, axisLabel: { color: text }, axisLine: { lineStyle: { color: line } } }
  return {
    animation: false,
    color: [1, 2, 3, 4].map((index) => colour(`--chart-${String(index)}`)),
    grid: { left: 8, right: 16, top: series.length > 1 ? 40 : 28, bottom: 24, containLabel: true },
    tooltip: {
      trigger: 'axis',
      backgroundColor: colour('--surface'),
      borderColor: line,
      textStyle: { color: colour('--text') },
    },
    ...(series.length > 1 ? { legend: { top: 0, textStyle: { color: text } } } : {}),
    xAxis: {
      ...axis,
      ...(categories === undefined
        ? { type: 'value', min: 'dataMin', max: 'dataMax' }
        : { type: 'category', data: categories }),
      name: xName,
      nameLocation: 'middle',
      nameGap: 24,
      splitLine: { show: false },
    },
    yAxis: {
      ...axis,
      type: 'value',
      name: yName,
      scale: kind === 'line',
      nameTextStyle: { color: text, align: 'left' },
      splitLine: { lineStyle: { color: line } },
    },
    series: series.map(({ name, points }) => ({
      name,
      type: kind,
      data: points,
      showSymbol: points.length < 3,
      ...(kind === 'bar' ? { stack: 'all', barMaxWidth: 48 } : {}),
      lineStyle: { width: 2 },
    })),
  }
}

/** The chart itself, loaded when the first one is shown: ECharts with the two kinds that Forge draws. */
const Echarts = (props: ChartProps) => {
  const host = useRef<HTMLDivElement>(null)
  const chart = useRef<EChartsType>(null)
  useEffect(() => {
    const element = host.current
    if (!element) return
    const made = init(element, undefined, { renderer: 'svg' })
    chart.current = made
    const observer = new ResizeObserver(() => made.resize())
    observer.observe(element)
    return () => {
      observer.disconnect()
      made.dispose()
    }
  }, [])
  useEffect(() => {
    const draw = (): void => chart.current?.setOption(optionOf(props), true)
    draw()
    // the colours change with the theme
    const theme = new MutationObserver(draw)
    theme.observe(document.documentElement, { attributeFilter: ['data-theme'] })
    const dark = matchMedia('(prefers-color-scheme: dark)')
    dark.addEventListener('change', draw)
    return () => {
      theme.disconnect()
      dark.removeEventListener('change', draw)
    }
  }, [props])
  return <div ref={host} className="chart" />
}
export default Echarts
